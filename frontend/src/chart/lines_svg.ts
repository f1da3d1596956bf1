/** A line chart as SVG: the same bands, lines, envelopes and marks as on the canvas, as shapes. Pure. */

import type {Interval} from './interval';
import {toPixel} from './interval';
import {severityColour} from './heat_draw';
import type {LineChartProps} from './line_props';
import {beyondAxis, tone} from './lines_draw';
import type {Odd, Ordinate, PlotData} from './lines_model';
import {paddedRange, plotData, stepToX, usualExtent, visibleExtent} from './lines_model';
import {horizontalTicks, verticalTicks} from './lines_options';
import {element, escaped, label, path, svgPage} from './svg';

type Drawn = Pick<LineChartProps, 'title' | 'lines' | 'log' | 'smoothing' | 'xAxis' | 'domain' | 'fixed' | 'trimmed' | 'bands' | 'marks' | 'ink' | 'height'>;

const [LEFT, TOP, RIGHT, BOTTOM] = [54, 10, 10, 26];
const [X_PITCH, Y_PITCH] = [52, 34];
const FAINT = 0.28;

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly across: Interval;
  readonly up: Interval;
}

/** The file; `width` in CSS pixels. */
export function linesSvg(props: Drawn, width: number): string {
  const data = plotData(props.lines, {log: props.log, smoothing: props.smoothing});
  const frame = frameOf(props, data, width);
  const clip = element('clipPath', {id: 'plot'}, element('rect', {x: LEFT, y: TOP, width: frame.width, height: frame.height}));
  const inside = element('g', {'clip-path': 'url(#plot)'}, [bands(props, frame), ...lines(props, data, frame)].join('') || ' ');
  const body = [clip, axes(props, frame), inside, marks(props, frame), odds(props, data, frame)].join('');
  return svgPage({title: props.title, width, height: props.height, body, keys: props.lines, scale: null, ink: props.ink});
}

function frameOf({domain, log, fixed, trimmed, height}: Drawn, data: PlotData, width: number): Frame {
  const visible = data.x.flatMap((x, i) => (x >= domain.from && x <= domain.to ? [i] : []));
  const extent = visible.length > 0 ? (trimmed ? usualExtent : visibleExtent)(data, visible[0] ?? 0, visible.at(-1) ?? 0) : null;
  const up = paddedRange(extent, log, fixed);
  const [w, h] = [width - LEFT - RIGHT, height - TOP - BOTTOM];
  return {width: w, height: h, across: domain, up, x: (v) => LEFT + toPixel(domain, w, v), y: (v) => TOP + h - toPixel(up, h, v)};
}

function axes({xAxis, log, ink}: Drawn, {width, height, x, y, across, up}: Frame): string {
  const left = verticalTicks(log, up.from, up.to, height / Y_PITCH).map(({at, label: text}) =>
    element('line', {x1: LEFT, x2: LEFT + width, y1: y(at), y2: y(at), stroke: ink.grid}) + label(text, LEFT - 6, y(at), {'text-anchor': 'end', 'font-size': 11, fill: ink.sub}));
  const below = horizontalTicks(xAxis, across.from, across.to, width / X_PITCH).map(({at, label: text}) =>
    element('line', {x1: x(at), x2: x(at), y1: TOP + height, y2: TOP + height + 4, stroke: ink.border}) + label(text, x(at), TOP + height + 14, {'text-anchor': 'middle', 'font-size': 11, fill: ink.sub}));
  return [...left, ...below].join('');
}

function bands({bands: all, ink}: Drawn, {width, y, up}: Frame): string {
  const shown = all.filter((b) => b.from < up.to && b.to > up.from);
  const drawn = shown.map((band) => {
    const [top, bottom] = [y(Math.min(band.to, up.to)), y(Math.max(band.from, up.from))];
    const colour = tone(ink, band);
    const name = bottom - top < 16 ? '' : label(band.label, LEFT + width - 5, top + 9, {'text-anchor': 'end', 'font-size': 10, fill: colour});
    return element('rect', {x: LEFT, y: top, width, height: bottom - top, fill: colour, 'fill-opacity': 0.1}) + name;
  });
  return drawn.join('');
}

function lines({lines: inputs}: Drawn, data: PlotData, {x, y}: Frame): readonly string[] {
  const points = (values: readonly Ordinate[]) =>
    values.flatMap((v, i) => (v === undefined ? [] : [v === null ? null : ([x(data.x[i] ?? 0), y(v)] as const)]));
  return data.lines.map((line, i) => {
    const {colour = 'gray', dash = []} = inputs[i] ?? {};
    const stroke = {fill: 'none', stroke: colour, 'stroke-linejoin': 'round'};
    const dashed = {...stroke, 'stroke-dasharray': dash.join(' ') || undefined};
    const envelope = line.low && line.high ? element('path', {d: `${path(points(line.high))}${path(points(line.low).reverse()).replace(/^M/, 'L')}Z`, fill: colour, 'fill-opacity': 0.18}) : '';
    if (!line.smooth) return envelope + element('path', {d: path(points(line.raw)), 'stroke-width': 1.6, ...dashed});
    return envelope + element('path', {d: path(points(line.raw)), 'stroke-width': 1, 'stroke-opacity': FAINT, ...stroke}) + element('path', {d: path(points(line.smooth)), 'stroke-width': 2, ...dashed});
  });
}

function marks(props: Drawn, {x, width, height}: Frame): string {
  const drawn = props.marks.flatMap((mark) => {
    const at = stepToX(props, mark.step, mark.run);
    const left = at === null ? -1 : x(at);
    if (left < LEFT || left > LEFT + width) return [];
    const colour = severityColour(props.ink, mark.severity);
    const stem = element('line', {x1: left, x2: left, y1: TOP, y2: TOP + height, stroke: colour, 'stroke-opacity': 0.7, 'stroke-dasharray': '4 3'});
    return [element('g', {}, `${element('title', {}, escaped(mark.title))}${stem}${element('path', {d: `M${left - 5} ${TOP - 8}h10l-5 7z`, fill: colour})}`)];
  });
  return drawn.join('');
}

function odds({lines: inputs, ink}: Drawn, data: PlotData, frame: Frame): string {
  const all = [...data.odd, ...beyondAxis(data, frame.up.from, frame.up.to)].filter((o) => o.x >= frame.across.from && o.x <= frame.across.to);
  return all.map((odd) => oddShape(odd, frame, inputs[odd.line]?.colour ?? ink.text)).join('');
}

/** As on the canvas: NaN a cross, infinities and what lies beyond the axis a triangle, zero a ring. */
function oddShape({x: at, kind}: Odd, {x, height}: Frame, colour: string): string {
  const upper = kind === 'nan' || kind === 'infinite';
  const [cx, cy] = [x(at), upper ? TOP + 5 : TOP + height - 5];
  if (kind === 'nan') return element('path', {d: `M${cx - 3.5} ${cy - 3.5}l7 7m0 -7l-7 7`, stroke: colour, 'stroke-width': 1.75});
  if (kind === 'zero') return element('circle', {cx, cy, r: 2.8, fill: 'none', stroke: colour, 'stroke-width': 1.75});
  return element('path', {d: upper ? `M${cx - 3.5} ${cy + 3.5}h7l-3.5 -7z` : `M${cx - 3.5} ${cy - 3.5}h7l-3.5 7z`, fill: colour});
}
