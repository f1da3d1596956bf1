/** Compare: each run against the baseline, as a map of what is between them. */

import {useMemo, useRef} from 'preact/hooks';
import type {Run, Statistic, Tile} from '../api/types';
import {useWidth} from '../chart/canvas';
import {chartStyles} from '../chart/styles';
import {counted, formatCount} from '../format/numbers';
import {baseline, pool, statistic as chosen, statistics, variableFilter} from '../store/state';
import {differenceStatistic, differenceTile, divergesAt} from './compare_tile';
import {HeatCards} from './heat_cards';
import {columnsFor, NoMatch} from './layers';
import {alignMembers, namesOf, rowFits, useLayersData, type LayersData, type Panel, type PanelGroup, type Source} from './layers_data';
import {byModel, tileRows} from './layers_rows';
import {LayersToolbar} from './layers_toolbar';
import {RunChip} from './run_row';
import {Skeleton} from './skeleton';
import {StatisticChart} from './statistic_chart';
import type {ViewProps} from './view_props';

chartStyles();

const HEIGHT = 200;
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
  const groups = useDifferences(data);
  const difference = useMemo(() => differenceStatistic(statistic), [statistic]);
  const loss = statistics.value.find((s) => s.name === 'loss');
  return (
    <div class="compare" ref={box}>
      <LayersToolbar statistic={statistic} known={known} data={data} colours={false} />
      {data.pending && <Skeleton label="Loading variables" />}
      {!data.pending && <Verdicts data={data} statistic={statistic} groups={groups} />}
      {!data.pending && data.shown === 0 && <NoMatch data={data} />}
      {!data.pending && groups.length > 0 && (
        <HeatCards groups={groups} full={data.full} variables={data.variables} statistic={difference} width={width} profile={false} />
      )}
      <div class="chart-grid">
        {[loss, statistic].map((s) => s && <StatisticChart key={s.name} runs={runs} statistic={s} title={s.title} marks={[]} height={HEIGHT} />)}
      </div>
    </div>
  );
}

/** Every run but the first against the first, on the rows that both have; those that share none are left out. */
function useDifferences({sources}: LayersData): readonly PanelGroup[] {
  const [base, ...others] = sources;
  const filter = variableFilter.value;
  const groups = useMemo(() => (base ? sharedRows(base, others, filter) : []), [filter, ...sources.map((s) => s.variables)]);
  return useMemo(
    () => groups.map(({rows, members, baseRows}) => ({rows, panels: members.flatMap((i) => difference(rows.length, others[i], base, tileRows(rows, others[i]?.variables ?? []), baseRows))})),
    [groups, ...sources.flatMap((s) => [s.tile, s.loading, s.failure, s.marks])],
  );
}

interface SharedRows {
  readonly rows: PanelGroup['rows'];
  /** Of `others`, as indices. */
  readonly members: readonly number[];
  readonly baseRows: Int32Array;
}

function sharedRows(base: Source, others: readonly Source[], filter: string): readonly SharedRows[] {
  const groups = byModel(others.map((s) => namesOf(s.variables))).map((members) => {
    const lists = members.map((i) => others[i]?.variables ?? []);
    const rows = alignMembers([base.variables, ...lists]).filter(rowFits(filter));
    const places = [base.variables, ...lists].map((list) => tileRows(rows, list));
    const shared = rows.filter((_, row) => places[0]?.[row] !== -1 && places.slice(1).some((p) => p[row] !== -1));
    return {rows: shared, members, baseRows: tileRows(shared, base.variables)};
  });
  return groups.filter((g) => g.rows.length > 0);
}

function difference(rows: number, other: Source | undefined, base: Source | undefined, places: Int32Array, baseRows: Int32Array): readonly Panel[] {
  if (!other) return [];
  const tile = other.tile && base?.tile ? differenceTile({tile: other.tile, tileRows: places}, {tile: base.tile, tileRows: baseRows}, rows) : null;
  const known = Int32Array.from(places, (place, row) => (place < 0 ? -1 : row));
  return [{...other, tile, tileRows: known}];
}

interface VerdictsProps {
  readonly data: LayersData;
  readonly statistic: Statistic;
  readonly groups: readonly PanelGroup[];
}

/** Who is the baseline, and where each run parts from it. */
function Verdicts({data: {sources}, statistic, groups}: VerdictsProps) {
  const [base, ...others] = sources;
  if (!base) return null;
  const panels = new Map(groups.flatMap((g) => g.panels).map((p) => [p.run.run, p]));
  return (
    <ul class="verdicts">
      <li>
        <RunChip run={base.run.run} />
        <span><b>{base.run.run}</b> is the baseline.{baseline.value === null && <span class="sub"> Choose another with the flag in the list of runs.</span>}</span>
      </li>
      {others.map(({run, variables}) => (
        <li key={run.run}>
          <RunChip run={run.run} />
          <span><b>{run.run}</b>: {verdict(panels.get(run.run), variables.length, statistic)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Fewer shared variables than this part of a run's own are worth a word. */
const MOSTLY = 0.5;

function verdict(panel: Panel | undefined, variables: number, statistic: Statistic): string {
  if (!panel) return 'shares no variable with the baseline.';
  if (!panel.tile) return panel.failure ?? 'loading…';
  const shared = panel.tileRows.reduce((n, row) => n + (row < 0 ? 0 : 1), 0);
  const text = partingText(statistic, panel.tile);
  return shared < MOSTLY * variables && !variableFilter.value ? `${text} Only ${counted(shared, 'variable')} of ${formatCount(variables)} can be compared: it is another model.` : text;
}

function partingText(statistic: Statistic, tile: Tile): string {
  const least = statistic.scale === 'log' ? APART_DECADES : APART_LINEAR;
  const step = divergesAt(tile, least);
  const size = statistic.scale === 'log' ? 'a factor of two' : String(least);
  const what = statistic.title.toLowerCase();
  if (step === null) return `in most layers the ${what} stays within ${size} of the baseline.`;
  return `from step ${formatCount(step)} on the ${what} differs by more than ${size} in most layers.`;
}
