/** One statistic of several runs over steps, as a card: of the whole model, or of one variable. */

import type {ComponentChildren} from 'preact';
import {useEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {Lines, Run, Statistic} from '../api/types';
import type {LineChartProps} from '../chart/line_props';
import {LineChart} from '../chart/lines';
import type {Band} from '../chart/lines_draw';
import type {LineInput} from '../chart/lines_model';
import type {Mark} from '../chart/marks';
import {pixelScale} from '../chart/canvas';
import {pictureOf, savePng} from '../chart/picture';
import {linesSvg} from '../chart/lines_svg';
import {saveSvg} from '../chart/svg';
import {useInk} from '../chart/use_ink';
import {formatCount} from '../format/numbers';
import {openFinding, zoomTo} from '../store/actions';
import {useRunLines} from '../store/queries';
import type {Resource} from '../store/resource';
import {runStyles} from '../store/run_style';
import {ignoreOutliers, logScale, smoothing, xAxis, zoom} from '../store/state';
import {DataTable, ExportMenu} from './export_menu';
import {Icon} from './icons';
import {allSteps} from './layers_rows';
import type {RunLines} from './line_inputs';
import type {Partner} from './compare_tile';
import {atLevel, beside, decimationNote, domainOf, inputsOf, leastValue, moved} from './line_inputs';
import {Definition} from './statistic_picker';
import {bandsOf, onLogAxis} from './statistic_style';
import {lineTable} from './tables';

interface Props {
  readonly runs: readonly Run[];
  readonly statistic: Statistic;
  /** For each run its name of the variable, null: it has none; absent: the whole model as one vector. */
  readonly variables?: readonly (string | null)[];
  readonly title: string;
  readonly marks: readonly Mark[];
  readonly height: number;
  /** Shaded instead of the statistic's own bands. */
  readonly bands?: readonly Band[];
  /** Another statistic that this one is held against, thin beside it. */
  readonly against?: Companion;
  /** The same as one number for each run. */
  readonly levels?: ReadonlyMap<string, number>;
  /** Where a run's steps lie on the axis of another's; absent: where they are. */
  readonly places?: ReadonlyMap<string, Partner>;
  /** Told whether there is anything to show; who asks gets no empty card. */
  readonly onRecorded?: (statistic: string, recorded: boolean) => void;
}

/** A statistic drawn beside another, and what it is to it. */
export interface Companion {
  readonly statistic: Statistic;
  readonly label: string;
}

/** Points asked for: about one a pixel of a wide chart. */
const POINTS = 1200;
const ENVELOPE = 'The shade around a line reaches from the least to the largest value between them. Zoom in for more.';
const NO_ENDS = [null, null] as const;

export function StatisticChart(props: Props) {
  const {statistic, title, height} = props;
  const {answers, found} = useAnswers(props);
  const absent = found.length === 0 && answers.every((a) => !a.loading && !a.error);
  const {onRecorded} = props;
  useEffect(() => onRecorded?.(statistic.name, !absent), [absent, statistic.name, onRecorded]);
  const drawn = useRef<LineChartProps | null>(null);
  if (absent && onRecorded) return null;
  return (
    <ChartCard drawn={drawn} variable={props.variables?.find((v) => v !== null) ?? undefined} title={title} statistic={statistic} note={decimationNote(found, formatCount)} found={found}>
      {found.length > 0 ? <Chart {...props} found={found} drawn={drawn} /> : <Waiting answers={answers} height={height} />}
    </ChartCard>
  );
}

/** The lines that the statistic is held against: of its companion, or at one level each. */
function useCompanions({runs, against, levels}: Props, found: readonly RunLines[]): readonly LineInput[] {
  const [first, last] = zoom.value ?? [null, null];
  const asked = against ? runs.map((run) => ({run, variables: []})) : [];
  const answers = useRunLines(asked, {statistic: against?.statistic.name ?? '', first, last, points: POINTS});
  const [axis, styles] = [xAxis.value, runStyles.value];
  return useMemo(() => {
    const lines = inputsOf(arrived(runs, answers), styles, axis);
    return [...lines.map((l) => beside(l, against?.label ?? '')), ...inputsOf(found, styles, axis).flatMap((l) => atLevel(l, levels?.get(l.key)))];
  }, [found, styles, axis, levels, ...answers.map((a) => a.value)]);
}

function useAnswers({runs, statistic, variables}: Props) {
  const [first, last] = zoom.value ?? [null, null];
  const asked = runs.flatMap((run, i) => {
    const name = variables?.[i];
    return name === null ? [] : [{run, variables: name === undefined ? [] : [name]}];
  });
  const answers = useRunLines(asked, {statistic: statistic.name, first, last, points: POINTS});
  const found = useMemo(() => arrived(asked.map((a) => a.run), answers), answers.map((a) => a.value));
  return {answers, found};
}

interface ChartProps extends Props {
  readonly found: readonly RunLines[];
  /** Told what is drawn, for those who take it along. */
  readonly drawn: {current: LineChartProps | null};
}

function Chart(props: ChartProps) {
  const {runs, statistic, title, marks, height, found} = props;
  const ink = useInk();
  const {places} = props;
  const axis = places ? 'step' : xAxis.value;
  const styles = runStyles.value;
  const companions = useCompanions(props, found);
  const lines = useMemo(() => [...inputsOf(found, styles, axis).map((l) => moved(l, places?.get(l.key))), ...companions], [found, styles, axis, companions, places]);
  const log = onLogAxis(statistic, logScale.value, leastValue(lines));
  const bands = useMemo(() => props.bands ?? bandsOf(statistic, log), [props.bands, statistic, log]);
  const domain = domainOf(lines, axis, zoom.value);
  const chart: LineChartProps = {
    title,
    lines,
    log,
    smoothing: smoothing.value,
    xAxis: axis,
    domain,
    bounds: axis === 'step' ? (allSteps(runs) ?? domain) : domain,
    fixed: statistic.scale === 'linear' && statistic.name !== 'loss' ? [statistic.low, statistic.high] : NO_ENDS,
    trimmed: ignoreOutliers.value,
    bands,
    marks,
    ink,
    height,
    zoomSteps: zoomTo,
    openMark: openFinding,
  };
  props.drawn.current = chart;
  return <LineChart {...chart} />;
}

function arrived(runs: readonly Run[], answers: readonly Resource<Lines>[]): readonly RunLines[] {
  return runs.flatMap((run, i) => {
    const lines = answers[i]?.value;
    return lines && lines.points > 0 && lines.series.some((s) => s.last.some((v) => !Number.isNaN(v))) ? [{run, lines}] : [];
  });
}

interface CardProps {
  readonly title: string;
  readonly statistic: Statistic;
  readonly note: string | null;
  readonly found: readonly RunLines[];
  readonly drawn: {readonly current: LineChartProps | null};
  /** What the lines are of; absent: the whole model. */
  readonly variable: string | undefined;
  readonly children: ComponentChildren;
}

/** A card with a heading, its definition on demand, and a note under the chart. */
function ChartCard({title, statistic, note, found, drawn, variable, children}: CardProps) {
  const [open, setOpen] = useState(false);
  const [tableOpen, setTableOpen] = useState(false);
  const card = useRef<HTMLElement>(null);
  const ink = useInk();
  const runs = found.map(({run}) => run.run);
  const lines = useMemo(() => inputsOf(found, runStyles.value, 'step'), [found, runStyles.value]);
  const png = (name: string): void => {
    const canvas = card.current?.querySelector('canvas');
    if (canvas) savePng(pictureOf({canvas, title, keys: lines, scale: null, ink}, pixelScale()), name);
  };
  const svg = (name: string): void => {
    const width = card.current?.querySelector<HTMLElement>('.linechart')?.clientWidth;
    if (drawn.current && width) saveSvg(linesSvg(drawn.current, width), name);
  };
  return (
    <section class="chart-card" aria-label={title} ref={card}>
      <header>
        <h2 title={title}>{title}</h2>
        {note && <span class="chart-note" title={`${note}. ${ENVELOPE}`}>{note}</span>}
        <button type="button" class="button quiet small" aria-expanded={open} aria-label={`What is ${statistic.title}?`} title="What is this?" onClick={() => setOpen(!open)}>
          <Icon name="info" />
        </button>
        {runs.length > 0 && <ExportMenu title={title} statistic={statistic.name} runs={runs} tableOpen={tableOpen} onTable={() => setTableOpen(!tableOpen)} onPng={png} onSvg={svg} {...(variable ? {variable} : {})} />}
      </header>
      {open && <Definition statistic={statistic} />}
      {children}
      {tableOpen && <DataTable caption={title} table={lineTable(lines)} statistic={statistic.name} runs={runs} />}
    </section>
  );
}

function Waiting({answers, height}: {answers: readonly Resource<Lines>[]; height: number}) {
  const failed = answers.find((a) => a.error)?.error;
  const loading = answers.some((a) => a.loading && !a.error);
  const text = loading ? 'Loading…' : failed ? failed.message : 'No values were recorded.';
  return <div class="chart-empty" role="status" style={{height: `${height}px`}}>{text}</div>;
}
