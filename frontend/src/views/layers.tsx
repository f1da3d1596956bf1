/** Layers: a statistic of every variable at every step, run beside run on one scale, with its depth profile. */

import {useRef} from 'preact/hooks';
import type {Run, Statistic} from '../api/types';
import {pixelScale, useWidth} from '../chart/canvas';
import {chartStyles} from '../chart/styles';
import {pool, rowOrder, statistic as chosen, statistics, variableFilter, variableKind} from '../store/state';
import {HeatCards, inACard} from './heat_cards';
import {useLayersData, useModels, type LayersData} from './layers_data';
import {SelectedVariables} from './layers_selected';
import {LayersToolbar} from './layers_toolbar';
import {RunLegend} from './run_legend';
import {Skeleton} from './skeleton';
import {centreOf} from './statistic_style';
import type {ViewProps} from './view_props';

chartStyles();

/** A tile is asked for in multiples of this many columns, so that a few pixels more need no new one. */
const COLUMN_GRAIN = 200;
const MOST_COLUMNS = 2000;

export function Layers({runs}: ViewProps) {
  const known = statistics.value.filter((s) => s.scope === 'variable');
  const statistic = known.find((s) => s.name === chosen.value) ?? known[0];
  if (!statistic) return <Skeleton label="Loading statistics" />;
  return <LayersOf runs={runs} statistic={statistic} known={known} />;
}

interface Props {
  readonly runs: readonly Run[];
  readonly statistic: Statistic;
  readonly known: readonly Statistic[];
}

function LayersOf({runs, statistic, known}: Props) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const data = useLayersData(runs, statistic, pool.value, columnsFor(width, runs.length, rowOrder.value === 'depth'));
  const groups = useModels(data);
  return (
    <div class="layers" ref={box}>
      <LayersToolbar statistic={statistic} known={known} data={data} colours={centreOf(statistic) === null} />
      <RunLegend runs={runs} />
      {data.pending && <Skeleton label="Loading variables" />}
      {!data.pending && data.shown === 0 && <NoMatch data={data} />}
      {!data.pending && <HeatCards groups={groups} full={data.full} variables={data.variables} statistic={statistic} width={width} profile={rowOrder.value === 'depth'} />}
      <SelectedVariables runs={runs} statistic={statistic} data={data} />
    </div>
  );
}

export function NoMatch({data}: {readonly data: LayersData}) {
  const [filter, kind] = [variableFilter.value, variableKind.value];
  const asked = [filter && `variable filter /${filter}/`, kind && `variables of kind ${kind}`].filter(Boolean).join(' among ');
  return <p class="chart-empty">{asked ? `No matches for ${asked} out of ${data.all.length} variables.` : 'No variable is recorded in these runs.'}</p>;
}

export function columnsFor(width: number, runs: number, profile = true): number {
  const pixels = (Math.max(400, width) / inACard(width, runs, profile)) * pixelScale();
  return Math.min(MOST_COLUMNS, Math.ceil(pixels / COLUMN_GRAIN) * COLUMN_GRAIN);
}
