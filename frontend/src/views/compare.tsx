/** Compare: each run against the baseline, as a map of what is between them. */

import {useMemo, useRef} from 'preact/hooks';
import type {Run, Statistic, Tile} from '../api/types';
import {pixelScale, useWidth} from '../chart/canvas';
import {chartStyles} from '../chart/styles';
import {formatCount} from '../format/numbers';
import {baseline, statistic as chosen, statistics} from '../store/state';
import {differenceStatistic, differenceTile, divergesAt} from './compare_tile';
import {Heatmaps} from './layers';
import {MOST_HEATMAPS, useLayersData, type LayersData} from './layers_data';
import {pool} from './layers_options';
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
const MOST_COLUMNS = 1200;

export function Compare({runs}: ViewProps) {
  const known = statistics.value.filter((s) => s.scope === 'variable');
  const statistic = known.find((s) => s.name === chosen.value) ?? known[0];
  if (!statistic) return <Skeleton label="Loading statistics" />;
  if (runs.length < 2) return <p class="chart-empty">Tick a second run on the left to compare it with {runs[0]?.run}.</p>;
  return <Comparison runs={runs.slice(0, MOST_HEATMAPS)} statistic={statistic} known={known} />;
}

function Comparison({runs, statistic, known}: {runs: readonly Run[]; statistic: Statistic; known: readonly Statistic[]}) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const columns = Math.min(MOST_COLUMNS, Math.ceil((Math.max(400, width) * pixelScale()) / 200) * 100);
  const data = useLayersData(runs, statistic, pool.value, columns);
  const compared = useDifferences(data);
  const shown = useMemo(() => differenceStatistic(statistic), [statistic]);
  const loss = statistics.value.find((s) => s.name === 'loss');
  return (
    <div class="compare" ref={box}>
      <LayersToolbar statistic={statistic} known={known} shown={data.rows.length} total={data.total} colours={false} />
      <Verdict base={runs[0]?.run ?? ''} statistic={statistic} compared={compared} />
      {data.pending ? (
        <Skeleton label="Loading variables" />
      ) : (
        <Heatmaps runs={compared.panels.map((p) => p.run)} statistic={shown} data={compared} width={width} profile={false} />
      )}
      <div class="chart-grid">
        {[loss, statistic].map((s) => s && <StatisticChart key={s.name} runs={runs} statistic={s} title={s.title} marks={[]} height={HEIGHT} />)}
      </div>
    </div>
  );
}

/** The panels of all runs but the first, each against the first. */
function useDifferences(data: LayersData): LayersData {
  const [base, ...others] = data.panels;
  const {rows} = data;
  const identity = useMemo(() => Int32Array.from(rows, (_, i) => i), [rows]);
  const tiles = useMemo(
    () => others.map(({tile, tileRows}) => (tile && base?.tile ? differenceTile({tile, tileRows}, {tile: base.tile, tileRows: base.tileRows}, rows.length) : null)),
    [rows, ...data.panels.flatMap((p) => [p.tile, p.tileRows])],
  );
  return {...data, panels: others.map((p, i) => ({...p, tile: tiles[i] ?? null, tileRows: identity}))};
}

/** Who is the baseline, and where each run parts from it. */
function Verdict({base, statistic, compared}: {base: string; statistic: Statistic; compared: LayersData}) {
  const least = statistic.scale === 'log' ? APART_DECADES : APART_LINEAR;
  return (
    <ul class="verdicts">
      <li>
        <RunChip run={base} /> <b>{base}</b> is the baseline.
        {baseline.value === null && <span class="sub"> Choose another with the flag in the list of runs.</span>}
      </li>
      {compared.panels.map(({run, tile}) => tile && (
        <li key={run.run}><RunChip run={run.run} /> {partingText(run.run, statistic, tile, least)}</li>
      ))}
    </ul>
  );
}

function partingText(run: string, statistic: Statistic, tile: Tile, least: number): string {
  const step = divergesAt(tile, least);
  const size = statistic.scale === 'log' ? 'a factor of two' : String(least);
  const what = statistic.title.toLowerCase();
  if (step === null) return `${run}: in most layers the ${what} stays within ${size} of the baseline.`;
  return `${run}: from step ${formatCount(step)} on the ${what} differs by more than ${size} in most layers.`;
}
