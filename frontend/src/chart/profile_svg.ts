/** A depth profile as SVG, the same shapes as on its canvas. Pure. */

import {rowHeight, rowTop, type HeatLayout} from './heat_layout';
import {toPixel} from './interval';
import type {PictureKey} from './picture';
import type {DrawnProfile, ProfileScene} from './profile_draw';
import {rowLabels, shortName, type RowName} from './rows';
import {element, label, path, svgPage} from './svg';

/** Room for the names, which on the page stand beside the heatmap. CSS pixels. */
const NAMES = 150;

interface ProfileFile {
  readonly title: string;
  readonly scene: ProfileScene;
  readonly rows: readonly RowName[];
  readonly keys: readonly PictureKey[];
}

export function profileSvg({title, scene, rows, keys}: ProfileFile): string {
  const {layout, ink} = scene;
  const {plot} = layout;
  const box = {x: plot.left, y: plot.top, width: plot.width, height: plot.height};
  const body = [element('rect', {...box, fill: 'none', stroke: ink.border}), band(scene), ...ticks(scene), ...names(rows, layout), ...scene.profiles.map((p) => run(p, scene))];
  const shifted = element('g', {transform: `translate(${NAMES} 0)`}, body.join(''));
  return svgPage({title, width: layout.width + NAMES, height: layout.height, body: shifted, keys, scale: null, ink});
}

function names(rows: readonly RowName[], {rows: view, plot}: HeatLayout): readonly string[] {
  const {leaves, groups} = rowLabels(rows, view, plot.height);
  return (leaves.length > 0 ? leaves : groups).map(({row, y}) => {
    const of = rows[row];
    return label(of ? shortName(of) : '', plot.left - 8, plot.top + y, {'text-anchor': 'end', 'font-size': 11});
  });
}

function band({band: usual, range, layout: {plot}, ink}: ProfileScene): string {
  if (!usual) return '';
  const from = Math.max(0, toPixel(range, plot.width, usual.from));
  const to = Math.min(plot.width, toPixel(range, plot.width, usual.to));
  return to > from ? element('rect', {x: plot.left + from, y: plot.top, width: to - from, height: plot.height, fill: ink.ok, 'fill-opacity': 0.1}) : '';
}

function ticks({ticks: all, range, layout: {plot}, ink}: ProfileScene): readonly string[] {
  return all.map((tick) => {
    const x = plot.left + toPixel(range, plot.width, tick.at);
    return element('line', {x1: x, x2: x, y1: plot.top, y2: plot.top + plot.height, stroke: ink.grid}) + label(tick.label, x, plot.top + plot.height + 14, {'text-anchor': 'middle', 'font-size': 11, fill: ink.sub});
  });
}

function run({colour, points, slope}: DrawnProfile, {layout, range}: ProfileScene): string {
  const {left, width} = layout.plot;
  const x = (at: number): number => left + toPixel(range, width, at);
  const y = (row: number): number => rowTop(layout, row) + rowHeight(layout) / 2;
  const radius = Math.max(1, Math.min(3.5, rowHeight(layout) / 3));
  const line = element('path', {d: path(points.map((p) => (p.at === null ? null : ([x(p.at), y(p.row)] as const)))), fill: 'none', stroke: colour, 'stroke-opacity': 0.5});
  const dots = points.map((p) => {
    if (p.at !== null) return element('circle', {cx: x(p.at), cy: y(p.row), r: radius, fill: colour});
    if (p.value === 0) return element('circle', {cx: left + 6, cy: y(p.row), r: radius, fill: 'none', stroke: colour, 'stroke-width': 1.5});
    return element('path', {d: `M${left + width - 10} ${y(p.row) - 3}l6 6m0 -6l-6 6`, stroke: colour, 'stroke-width': 1.5});
  });
  const ends = [points[0]?.row ?? 0, points.at(-1)?.row ?? 0];
  const fitted = slope ? element('path', {d: path(ends.map((row) => [x(slope.atFirst + slope.perRow * row), y(row)] as const)), stroke: colour, 'stroke-width': 1.5, 'stroke-dasharray': '5 4'}) : '';
  return line + dots.join('') + fitted;
}
