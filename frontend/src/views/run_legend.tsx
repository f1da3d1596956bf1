/** Which line is which run. */

import type {Run} from '../api/types';
import {DashKey} from '../chart/dash_key';
import {runStyles} from '../store/run_style';

export function RunLegend({runs}: {readonly runs: readonly Run[]}) {
  return (
    <ul class="run-legend" aria-label="Lines">
      {runs.map(({run}) => {
        const style = runStyles.value.get(run);
        return <li key={run}><DashKey colour={style?.color ?? 'gray'} dash={style?.dash ?? []} />{run}</li>;
      })}
    </ul>
  );
}
