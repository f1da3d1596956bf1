/** A heatmap as SVG: its cells as one picture, names, steps and findings as text and shapes. Pure but for the picture, which comes in. */

import {severityColour} from './heat_draw';
import type {DrawnMark, HeatScene} from './heat_draw';
import {ARROW_WIDTH} from './heat_layout';
import {element, label, path, svgPage} from './svg';

interface HeatFile {
  readonly title: string;
  readonly scene: HeatScene;
  /** The cells as a `data:` URL. */
  readonly cells: string;
  readonly scale: {readonly colours: readonly string[]; readonly low: string; readonly high: string};
}

export function heatSvg({title, scene, cells, scale}: HeatFile): string {
  const {layout, ink} = scene;
  const {plot} = layout;
  const box = {x: plot.left, y: plot.top, width: plot.width, height: plot.height};
  const body = [
    element('rect', {...box, fill: ink.noData}),
    element('image', {...box, href: cells, preserveAspectRatio: 'none', style: 'image-rendering: pixelated'}),
    ...scene.labels.rules.map((y) => element('rect', {x: plot.left, y: plot.top + y - 0.5, width: plot.width, height: 1, fill: ink.card})),
    element('rect', {...box, fill: 'none', stroke: ink.border}),
    ...steps(scene),
    ...names(scene),
    ...scene.marks.map((m) => mark(m, scene)),
  ];
  return svgPage({title, width: layout.width, height: layout.height, body: body.join(''), keys: [], scale, ink});
}

function steps({layout: {plot}, ticks, ink}: HeatScene): readonly string[] {
  const bottom = plot.top + plot.height;
  return ticks.map(({at, label: text}) => element('line', {x1: at, x2: at, y1: bottom + 1, y2: bottom + 5, stroke: ink.axis}) + label(text, at, bottom + 14, {'text-anchor': 'middle', 'font-size': 11, fill: ink.sub}));
}

function names({layout: {plot}, labels, axis, ink}: HeatScene): readonly string[] {
  if (axis.group + axis.leaf === 0) return [];
  const leaves = labels.leaves.map((l) => label(l.text, plot.left - 8 - axis.leaf, plot.top + l.y, {'font-size': 11, fill: ink.sub}));
  const groups = labels.groups.map((l) => label(l.text, ARROW_WIDTH, plot.top + l.y, {'font-size': 11, 'font-weight': 500}));
  return [...leaves, ...groups];
}

function mark({x, spans, severity}: DrawnMark, {layout: {plot}, ink}: HeatScene): string {
  const colour = severityColour(ink, severity);
  const all = spans.length > 0 ? spans : [[plot.top, plot.top + plot.height] as const];
  const brackets = all.map(([top, bottom]) => path([[x + 5, top + 1.5], [x, top + 1.5], [x, bottom - 1.5], [x + 5, bottom - 1.5]])).join('');
  return element('path', {d: brackets, fill: 'none', stroke: colour, 'stroke-width': 2}) + element('path', {d: `M${x - 5} ${plot.top - 9}h10l-5 7z`, fill: colour});
}
