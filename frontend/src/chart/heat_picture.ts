/** Keeps a heatmap's still picture up to date: cells are painted anew only when data, size or colours change. */

import type {RefObject} from 'preact';
import {useRef} from 'preact/hooks';
import {pixelScale, sized, useDrawing} from './canvas';
import {lookupTable} from './colour';
import type {Columns} from './columns';
import {columnsOf, columnsOfTile, pixelColumns} from './columns';
import type {AxisWidths, HeatScene} from './heat_draw';
import {devicePlot, drawHeat} from './heat_draw';
import type {HeatLayout} from './heat_layout';
import {heatLayout, keepOf} from './heat_layout';
import {NO_AXIS, roomFor, sceneOf} from './heat_scene';
import type {HeatmapProps} from './heat_props';
import {paint, pixelRows} from './resample';

export function usePicture(
  ref: RefObject<HTMLCanvasElement | null>,
  props: HeatmapProps,
  layout: HeatLayout,
  columns: Columns,
  axis: AxisWidths,
): void {
  const image = useRef<{readonly key: readonly unknown[]; readonly canvas: HTMLCanvasElement} | null>(null);
  const {tile, tileRows, map, shown, ink, pool, rows, marks, selected} = props;
  const draw = (): void => {
    const surface = ref.current && layout.width > 0 ? sized(ref.current, layout.width, layout.height) : null;
    if (!surface) return;
    const key = [tile, tileRows, map, shown, ink, pool, layout, surface.scale];
    if (!image.current || !same(image.current.key, key)) image.current = {key, canvas: cells(props, layout, columns)};
    drawHeat(surface.context, surface.scale, tile ? image.current.canvas : null, sceneOf(layout, rows, axis, marks, selected, ink));
  };
  useDrawing(draw, [tile, tileRows, map, shown, ink, pool, layout, rows, marks, selected, axis]);
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** The cells on pixels of the screen, one to one. */
function cells({tile, tileRows, map, shown, ink, pool, statistic}: HeatmapProps, layout: HeatLayout, columns: Columns): HTMLCanvasElement {
  const {width, height} = devicePlot(layout.plot, pixelScale());
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (!tile || !context) return canvas;
  const table = lookupTable(map, ink.theme, {from: tile.low, to: tile.high}, shown);
  const down = pixelRows(layout.rows.first, layout.rows.count, height);
  const across = pixelColumns(columns, layout.domain, width);
  const pixels = paint({codes: tile.codes, columns: tile.columns, tileRows}, down, across, keepOf(pool, statistic), table);
  context.putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer as ArrayBuffer), width, height), 0, 0);
  return canvas;
}

/** The heatmap `width` CSS pixels wide as a scene, and its cells as a `data:` URL. */
export function drawingOf(props: HeatmapProps, width: number): {readonly scene: HeatScene; readonly cells: string} {
  const layout = heatLayout(width, props.height, roomFor(props.axis), props.domain, props.rowView);
  const columns = props.tile ? columnsOfTile(props.tile) : columnsOf([], []);
  const scene = sceneOf(layout, props.rows, props.axis ?? NO_AXIS, props.marks, props.selected, props.ink);
  return {scene, cells: cells(props, layout, columns).toDataURL('image/png')};
}
