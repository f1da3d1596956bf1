/** The variables picked out, each as lines of the runs that have it. */

import type {Run, Statistic} from '../api/types';
import {selectedVariables} from '../store/state';
import type {LayersData} from './layers_data';
import {StatisticChart} from './statistic_chart';

/** Charts below the heatmaps; more would bury them. */
const MOST = 6;
const HEIGHT = 220;

export function SelectedVariables({runs, statistic, data}: {runs: readonly Run[]; statistic: Statistic; data: LayersData}) {
  const names = selectedVariables.value.filter((name) => data.variables.has(name));
  if (names.length === 0) return null;
  return (
    <div class="chart-grid">
      {names.slice(0, MOST).map((name) => (
        <StatisticChart
          key={name}
          runs={runs.filter((run) => data.owners.get(name)?.has(run.run))}
          statistic={statistic}
          variable={name}
          title={name}
          marks={data.panels.flatMap((p) => p.marks.filter((m) => m.variables.includes(name)))}
          height={HEIGHT}
        />
      ))}
      {names.length > MOST && <p class="sub">The first {MOST} of {names.length} chosen variables are plotted.</p>}
    </div>
  );
}
