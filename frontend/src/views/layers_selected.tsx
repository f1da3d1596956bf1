/** The variables picked out, each as lines of the runs that have it. */

import type {Run, Statistic} from '../api/types';
import {rowsNamed} from '../chart/heat_scene';
import {isNamed, shortName} from '../chart/rows';
import {selectedVariables} from '../store/state';
import type {LayersData} from './layers_data';
import {StatisticChart} from './statistic_chart';

/** Charts below the heatmaps; more would bury them. */
const MOST = 6;
const HEIGHT = 220;

export function SelectedVariables({runs, statistic, data}: {runs: readonly Run[]; statistic: Statistic; data: LayersData}) {
  const rows = [...rowsNamed(data.all, new Set(selectedVariables.value))].flatMap((i) => data.all[i] ?? []);
  if (rows.length === 0) return null;
  return (
    <div class="chart-grid">
      {rows.slice(0, MOST).map((row) => (
        <StatisticChart
          key={row.name}
          runs={runs}
          statistic={statistic}
          variables={data.names.map((names) => [row.name, ...row.aliases].find((name) => names.has(name)) ?? null)}
          title={shortName(row)}
          marks={data.sources.flatMap((p) => p.marks.filter((m) => m.variables.some((v) => isNamed(row, v))))}
          height={HEIGHT}
        />
      ))}
      {rows.length > MOST && <p class="sub">The first {MOST} of {rows.length} chosen variables are plotted.</p>}
    </div>
  );
}
