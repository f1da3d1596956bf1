/** The head of one run's heatmap: its name, and the value under the crosshair wherever that is. */

import type {ComponentChildren} from 'preact';
import type {Pool} from '../api/types';
import {columnAt, columnsOfTile} from '../chart/columns';
import {codeText, type Plotted} from '../chart/heat_layout';
import type {RowName} from '../chart/rows';
import {rowNamed} from '../chart/rows';
import {hoverStep, hoverVariable} from '../store/state';
import type {Panel} from './layers_data';
import {RunChip, RunName} from './run_row';

interface Props {
  readonly panel: Panel;
  readonly statistic: Plotted;
  readonly rows: readonly RowName[];
  readonly pool: Pool;
  /** At the end of the line. */
  readonly children?: ComponentChildren;
}

export function PanelHead(props: Props) {
  const {panel} = props;
  return (
    <figcaption class="layers-head">
      <RunChip run={panel.run.run} />
      <RunName name={panel.run.run} />
      {panel.failure ? <span class="tone-error">{panel.failure}</span> : <Readout {...props} />}
      {props.children}
    </figcaption>
  );
}

function Readout({panel, statistic, rows}: Props) {
  const step = hoverStep.value;
  const row = rowNamed(rows, hoverVariable.value);
  const {tile, tileRows} = panel;
  if (!tile) return <span class="sub">{panel.loading ? 'Loading…' : ''}</span>;
  if (step === null || row < 0) return <span class="sub">{panel.loading ? 'Sharpening…' : ''}</span>;
  const source = tileRows[row] ?? -1;
  const column = columnAt(columnsOfTile(tile), step);
  if (source < 0) return <span class="sub">not in this run</span>;
  if (column < 0) return <span class="sub">no data</span>;
  const code = tile.codes[source * tile.columns + column] ?? 0;
  return <b class="tabular">{codeText(code, {from: tile.low, to: tile.high}, statistic)}</b>;
}
