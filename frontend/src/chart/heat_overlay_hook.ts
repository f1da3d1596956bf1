/** Redraws a heatmap's overlay when the pointer, the cursor or a drag moves; nothing else is touched. */

import type {Signal} from '@preact/signals';
import {effect, useSignal} from '@preact/signals';
import type {RefObject} from 'preact';
import {useEffect} from 'preact/hooks';
import {cursorStep, hoverStep, hoverVariable} from '../store/state';
import {sized} from './canvas';
import type {Columns} from './columns';
import {columnAt} from './columns';
import type {HeatLayout, Rect} from './heat_layout';
import {drawOverlay} from './heat_overlay';
import {rowsNamed} from './heat_scene';
import type {HeatmapProps} from './heat_props';
import {rowNamed} from './rows';
import {formatCount} from '../format/numbers';

/** The stretch being dragged; whoever follows the pointer writes it. */
export function useOverlay(ref: RefObject<HTMLCanvasElement | null>, props: HeatmapProps, layout: HeatLayout, columns: Columns): Signal<Rect | null> {
  const drag = useSignal<Rect | null>(null);
  const {rows, selected, ink} = props;
  useEffect(() => {
    const chosen = rowsNamed(rows, selected);
    return effect(() => {
      const canvas = ref.current;
      const hover = hoverStep.value;
      const cursor = cursorStep.value;
      const row = rowNamed(rows, hoverVariable.value);
      const rect = drag.value;
      const surface = canvas && layout.width > 0 ? sized(canvas, layout.width, layout.height) : null;
      if (!surface) return;
      const column = hover === null ? -1 : columnAt(columns, hover);
      const width = (columns.end[Math.max(0, column)] ?? 1) - (columns.start[Math.max(0, column)] ?? 0);
      drawOverlay(surface.context, surface.scale, {
        layout,
        ink,
        hoverStep: hover === null ? null : (columns.start[column] ?? hover),
        hoverRow: row,
        columnWidth: width,
        cursor: cursor === null ? null : (columns.start[columnAt(columns, cursor)] ?? cursor),
        selected: chosen,
        drag: rect,
        stepText: formatCount,
      });
    });
  }, [rows, selected, ink, layout, columns]);
  return drag;
}
