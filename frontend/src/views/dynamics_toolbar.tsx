/** How the lines of Dynamics are drawn. */

import {shortName, type RowName} from '../chart/rows';
import {ignoreOutliers, logScale, smoothing, tipOrder, xAxis, type TipOrder, type XAxis} from '../store/state';
import {Menu} from './menu';
import {Choice} from './statistic_picker';

const AXES: readonly (readonly [XAxis, string])[] = [['step', 'step'], ['relative', 'relative'], ['wall', 'wall']];
const SCALES: readonly (readonly ['log' | 'linear', string])[] = [['log', 'log'], ['linear', 'linear']];
const RANGES: readonly (readonly ['all' | 'most', string])[] = [['all', 'all'], ['most', '5–95 %']];
const ORDERS: readonly (readonly [TipOrder, string])[] = [['default', 'as listed'], ['descending', 'largest'], ['ascending', 'smallest'], ['nearest', 'nearest']];
/** TensorBoard's own limit of smoothing. */
const MOST_SMOOTHING = 0.999;

interface Props {
  /** Offered in place of the whole model. */
  readonly rows: readonly RowName[];
  readonly variable: string | null;
  readonly onVariable: (name: string | null) => void;
}

export function DynamicsToolbar({rows, variable, onVariable}: Props) {
  return (
    <div class="toolbar" role="toolbar" aria-label="Dynamics">
      <Choice label="Horizontal axis" value={xAxis.value} options={AXES} onChange={(a) => (xAxis.value = a)} />
      <Choice label="Vertical axis" value={logScale.value ? 'log' : 'linear'} options={SCALES} onChange={(s) => (logScale.value = s === 'log')} />
      <label class="field">
        <span>Smoothing</span>
        <span class="slider">
          <input
            type="range"
            min="0"
            max={MOST_SMOOTHING}
            step="0.001"
            value={smoothing.value}
            onInput={(e) => (smoothing.value = Number(e.currentTarget.value))}
          />
          <output class="tabular">{smoothing.value.toFixed(smoothing.value > 0.99 ? 3 : 2)}</output>
        </span>
      </label>
      {rows.length > 1 && (
        <label class="field">
          <span>Shown for</span>
          <select value={variable ?? ''} onChange={(e) => onVariable(e.currentTarget.value || null)}>
            <option value="">the whole model</option>
            {rows.map((r) => <option key={r.name} value={r.name}>{shortName(r)}</option>)}
          </select>
        </label>
      )}
      <Menu title="Display">
        <Choice label="Vertical axis covers" value={ignoreOutliers.value ? 'most' : 'all'} options={RANGES} onChange={(r) => (ignoreOutliers.value = r === 'most')} />
        <Choice label="Tooltip lists first" value={tipOrder.value} options={ORDERS} onChange={(o) => (tipOrder.value = o)} />
      </Menu>
    </div>
  );
}
