/** Compare: each run against the baseline, as a map of what is between them. */

import {useMemo, useRef} from 'preact/hooks';
import type {Run, Statistic, Tile} from '../api/types';
import {useWidth} from '../chart/canvas';
import type {Mark} from '../chart/marks';
import {chartStyles} from '../chart/styles';
import {counted, formatCount} from '../format/numbers';
import {useRunLines} from '../store/queries';
import {alignment, pool, statistic as chosen, statistics, variableFilter, variableKind, type Alignment} from '../store/state';
import {partnerBy} from './compare_align';
import {differenceStatistic, differenceTile, divergesAt, sameStep, type Partner} from './compare_tile';
import {Verdicts} from './compare_verdicts';
import {HeatCards} from './heat_cards';
import {columnsFor, NoMatch} from './layers';
import {alignMembers, namesOf, useLayersData, type LayersData, type Panel, type PanelGroup, type Source} from './layers_data';
import {byModel, tileRows} from './layers_rows';
import {LayersToolbar} from './layers_toolbar';
import {Skeleton} from './skeleton';
import {StatisticChart} from './statistic_chart';
import {Choice} from './statistic_picker';
import type {ViewProps} from './view_props';

chartStyles();

const HEIGHT = 200;
const ALIGNMENTS: readonly (readonly [Alignment, string])[] = [['step', 'step'], ['relative', 'time'], ['loss', 'loss']];
const NO_MARKS: readonly Mark[] = [];
/** Points of the loss that steps are paired by. */
const POINTS = 1200;
/** Runs differ where most layers are at least this far apart: a factor of two, in decades. */
const APART_DECADES = Math.log10(2);
/** The same for signed statistics: a tenth of the range of a cosine. */
const APART_LINEAR = 0.2;

export function Compare({runs}: ViewProps) {
  const known = statistics.value.filter((s) => s.scope === 'variable');
  const statistic = known.find((s) => s.name === chosen.value) ?? known[0];
  if (!statistic) return <Skeleton label="Loading statistics" />;
  if (runs.length < 2) return <p class="chart-empty">Tick a second run on the left to compare it with {runs[0]?.run}.</p>;
  return <Comparison runs={runs} statistic={statistic} known={known} />;
}

function Comparison({runs, statistic, known}: {runs: readonly Run[]; statistic: Statistic; known: readonly Statistic[]}) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const data = useLayersData(runs, statistic, pool.value, columnsFor(width, runs.length - 1, false));
  const [base, ...others] = runs;
  const partners = usePartners(runs);
  const groups = useDifferences(data, partners);
  const difference = useMemo(() => differenceStatistic(statistic), [statistic]);
  const loss = statistics.value.find((s) => s.name === 'loss');
  return (
    <div class="compare" ref={box}>
      <LayersToolbar statistic={statistic} known={known} data={data} colours={false}>
        <Choice label="Align by" value={alignment.value} options={ALIGNMENTS} onChange={(a) => (alignment.value = a)} />
      </LayersToolbar>
      {data.pending && <Skeleton label="Loading variables" />}
      {!data.pending && base && <Verdicts base={base} others={others} notes={notesOf(data, groups, statistic)} foreign={foreignTo(data, groups)} />}
      {!data.pending && data.shown === 0 && <NoMatch data={data} />}
      {!data.pending && groups.length > 0 && (
        <HeatCards groups={groups} full={data.full} variables={data.variables} statistic={difference} width={width} profile={false} />
      )}
      <div class="chart-grid">
        {[loss, statistic].map((s) => s && <StatisticChart key={s.name} runs={runs} statistic={s} title={alignment.value === 'step' ? s.title : `${s.title}, on the baseline’s steps`} marks={NO_MARKS} height={HEIGHT} {...(alignment.value === 'step' ? {} : {places: partners})} />)}
      </div>
    </div>
  );
}

type Partners = ReadonlyMap<string, Partner>;

/** How each run's steps are paired with those of the first; a run that cannot be paired that way is left out. */
function usePartners(runs: readonly Run[]): Partners {
  const by = alignment.value;
  const answers = useRunLines(by === 'step' ? [] : runs.map((run) => ({run, variables: []})), {statistic: 'loss', first: null, last: null, points: POINTS});
  return useMemo(() => {
    const timed = runs.map((run, i) => (answers[i]?.value ? {run, loss: answers[i].value} : null));
    return new Map(runs.flatMap((run, i) => {
      const partner = i === 0 ? sameStep : partnerBy(by, timed[i] ?? null, timed[0] ?? null);
      return partner ? [[run.run, partner] as const] : [];
    }));
  }, [by, ...runs, ...answers.map((a) => a.value)]);
}

/** Every run but the first against the first, on the rows that both have; those that share none are left out. */
function useDifferences({sources, fits}: LayersData, partners: Partners): readonly PanelGroup[] {
  const [base, ...others] = sources;
  const groups = useMemo(() => (base ? sharedRows(base, others, fits) : []), [fits, ...sources.map((s) => s.variables)]);
  return useMemo(
    () => groups.map(({rows, members, baseRows}) => ({rows, panels: members.flatMap((i) => difference({rows: rows.length, places: tileRows(rows, others[i]?.variables ?? []), baseRows}, others[i], base, partners))})),
    [groups, partners, ...sources.flatMap((s) => [s.tile, s.loading, s.failure, s.marks])],
  );
}

interface SharedRows {
  readonly rows: PanelGroup['rows'];
  /** Of `others`, as indices. */
  readonly members: readonly number[];
  readonly baseRows: Int32Array;
}

function sharedRows(base: Source, others: readonly Source[], fits: LayersData['fits']): readonly SharedRows[] {
  const groups = byModel(others.map((s) => namesOf(s.variables))).map((members) => {
    const lists = members.map((i) => others[i]?.variables ?? []);
    const rows = alignMembers([base.variables, ...lists]).filter(fits);
    const places = [base.variables, ...lists].map((list) => tileRows(rows, list));
    const shared = rows.filter((_, row) => places[0]?.[row] !== -1 && places.slice(1).some((p) => p[row] !== -1));
    return {rows: shared, members, baseRows: tileRows(shared, base.variables)};
  });
  return groups.filter((g) => g.rows.length > 0);
}

interface Rows {
  readonly rows: number;
  /** For each row its row in the tile of the run, and in that of the baseline. */
  readonly places: Int32Array;
  readonly baseRows: Int32Array;
}

function difference({rows, places, baseRows}: Rows, other: Source | undefined, base: Source | undefined, partners: Partners): readonly Panel[] {
  if (!other) return [];
  const partner = partners.get(other.run.run);
  const tile = other.tile && base?.tile && partner ? differenceTile({tile: other.tile, tileRows: places}, {tile: base.tile, tileRows: baseRows}, rows, partner) : null;
  const known = Int32Array.from(places, (place, row) => (place < 0 ? -1 : row));
  return [{...other, tile, tileRows: known}];
}

/** The runs that have no row in common with the baseline, whatever the filter hides. */
function foreignTo({sources}: LayersData, groups: readonly PanelGroup[]): ReadonlySet<string> {
  const shown = new Set(groups.flatMap((g) => g.panels).map((p) => p.run.run));
  return new Set(variableFilter.value || variableKind.value ? [] : sources.slice(1).flatMap(({run, variables}) => (variables.length > 0 && !shown.has(run.run) ? [run.run] : [])));
}

/** What the open statistic says of each run but the baseline. */
function notesOf({sources}: LayersData, groups: readonly PanelGroup[], statistic: Statistic): ReadonlyMap<string, string> {
  const panels = new Map(groups.flatMap((g) => g.panels).map((p) => [p.run.run, p]));
  return new Map(sources.slice(1).map(({run, variables}) => [run.run, verdict(panels.get(run.run), variables.length, statistic)]));
}

/** Fewer shared variables than this part of a run's own are worth a word. */
const MOSTLY = 0.5;

function verdict(panel: Panel | undefined, variables: number, statistic: Statistic): string {
  if (!panel) return '';
  if (!panel.tile) return panel.failure ?? (panel.loading || alignment.value === 'step' ? '' : 'It cannot be aligned that way: no loss was recorded.');
  const shared = panel.tileRows.reduce((n, row) => n + (row < 0 ? 0 : 1), 0);
  const text = partingText(statistic, panel.tile);
  return shared < MOSTLY * variables && !variableFilter.value && !variableKind.value ? `${text} Only ${counted(shared, 'variable')} of ${formatCount(variables)} can be compared: it is another model.` : text;
}

function partingText(statistic: Statistic, tile: Tile): string {
  const least = statistic.scale === 'log' ? APART_DECADES : APART_LINEAR;
  const step = divergesAt(tile, least);
  const size = statistic.scale === 'log' ? 'a factor of two' : String(least);
  const what = statistic.title.toLowerCase();
  if (step === null) return `In most layers the ${what} stays within ${size} of the baseline.`;
  return `From step ${formatCount(step)} on the ${what} differs by more than ${size} in most layers.`;
}
