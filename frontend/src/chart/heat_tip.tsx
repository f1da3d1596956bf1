/** What lies under the pointer on a heatmap, in words. */

import type {Signal} from '@preact/signals';
import {colourAt, css, shareOf, specialCss} from './colour';
import {CODE} from '../api/types';
import {codeToAxis} from './colour';
import type {Columns} from './columns';
import {columnAt} from './columns';
import type {HeatLayout} from './heat_layout';
import {codeText, columnText, insidePlot, rowAt, xToStep} from './heat_layout';
import {marksNear} from './heat_scene';
import type {HeatmapProps, Pointer} from './heat_props';
import {Tip} from './tip';

interface HeatTipProps {
  readonly props: HeatmapProps;
  readonly layout: HeatLayout;
  readonly columns: Columns;
  readonly pointer: Signal<Pointer | null>;
}

export function HeatTip({props, layout, columns, pointer}: HeatTipProps) {
  const at = pointer.value;
  const row = at ? props.rows[rowAt(layout, at.y)] : undefined;
  if (!at) return null;
  const flags = at.y < layout.plot.top ? marksNear(layout, props.marks, at.x) : [];
  if (!row && flags.length === 0) return null;
  return (
    <Tip at={at}>
      {flags.map((m) => (
        <div key={m.id} class={`tip-mark tip-${m.severity}`}>{m.title}, from step {m.step}</div>
      ))}
      {flags.length > 0 && <div class="tip-note">Click the flag to read about it.</div>}
      {row && <div class="tip-title">{row.name}</div>}
      {row && insidePlot(layout, at.x, at.y) && <Reading props={props} layout={layout} columns={columns} at={at} />}
    </Tip>
  );
}

function Reading({props, layout, columns, at}: {props: HeatmapProps; layout: HeatLayout; columns: Columns; at: Pointer}) {
  const {tile, tileRows, statistic, pool} = props;
  const column = columnAt(columns, xToStep(layout, at.x));
  const row = tileRows[rowAt(layout, at.y)] ?? -1;
  if (row < 0) return <div class="tip-note">not in this run</div>;
  if (!tile || column < 0) return <div class="tip-note">no data</div>;
  const code = tile.codes[row * tile.columns + column] ?? 0;
  return (
    <>
      <div class="tip-value">
        <i class="swatch" style={{background: swatch(props, code)}} />
        <b>{codeText(code, {from: tile.low, to: tile.high}, statistic)}</b>
        {statistic.unit && <span class="tip-unit">{statistic.unit}</span>}
      </div>
      <div class="tip-note">{columnText(tile.firstStep[column] ?? 0, tile.lastStep[column] ?? 0, pool)}</div>
    </>
  );
}

/** The colour of a code, as the cells have it. */
function swatch({tile, map, shown, ink}: HeatmapProps, code: number): string {
  switch (code) {
    case CODE.NONE:
      return ink.noData;
    case CODE.ZERO:
      return specialCss(ink.theme, 'zero');
    case CODE.INFINITE:
      return specialCss(ink.theme, 'infinite');
    case CODE.NAN:
      return specialCss(ink.theme, 'nan');
    default:
      return css(colourAt(map, shareOf(codeToAxis(code, {from: tile?.low ?? 0, to: tile?.high ?? 1}), shown)));
  }
}
