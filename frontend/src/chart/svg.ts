/** Charts as SVG files: small pieces of text, escaped, and the page around them. Pure. */

import type {Ink} from './ink';
import {flow, type PictureKey} from './picture';

export type Attributes = Readonly<Record<string, string | number | undefined>>;

const ENTITIES: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};

/** Text that stands for itself within SVG. Control characters, which XML forbids, are left out. */
export function escaped(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '').replace(/[&<>"]/g, (c) => ENTITIES[c] ?? '');
}

/** `<name a="1">…</name>`; attributes that are undefined are left out, numbers have two decimals. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${typeof value === 'number' ? short(value) : escaped(value)}"`]));
  return content === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content}</${name}>`;
}

/** A line of text; `x` and `y` of its baseline's middle. */
export function label(text: string, x: number, y: number, attributes: Attributes = {}): string {
  return element('text', {x, y, 'dominant-baseline': 'middle', ...attributes}, escaped(text));
}

export function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** A polyline through points; a gap where there is none. */
export function path(points: readonly (readonly [x: number, y: number] | null)[]): string {
  let joined = false;
  const pieces = points.map((p) => {
    const command = p ? `${joined ? 'L' : 'M'}${short(p[0])} ${short(p[1])}` : '';
    joined = p !== null;
    return command;
  });
  return pieces.join('');
}

interface Page {
  readonly title: string;
  /** CSS pixels of the chart itself. */
  readonly width: number;
  readonly height: number;
  readonly body: string;
  readonly keys: readonly PictureKey[];
  /** Colours of a heatmap from its lowest to its highest value; null: there is no such scale. */
  readonly scale: {readonly colours: readonly string[]; readonly low: string; readonly high: string} | null;
  readonly ink: Ink;
}

const [PAD, LINE, KEY, BAR, CHARACTER] = [12, 20, 24, 160, 6.4];

/** The file: title, chart, and the key to its colours, on the colour of the page's cards. */
export function svgPage({title, width, height, body, keys, scale, ink}: Page): string {
  const places = flow(keys.map((k) => k.label.length * CHARACTER + KEY + PAD), width);
  const lines = (places.at(-1)?.line ?? -1) + 1 + (scale ? 1 : 0);
  const foot = PAD + LINE + height;
  const [w, h] = [width + 2 * PAD, foot + lines * LINE + PAD];
  const drawn = [
    element('rect', {width: w, height: h, fill: ink.card}),
    label(title, PAD, PAD + LINE / 2, {'font-weight': 600}),
    element('g', {transform: `translate(${PAD} ${PAD + LINE})`}, body || ' '),
    ...keys.map((key, i) => keyed(key, PAD + (places[i]?.x ?? 0), foot + ((places[i]?.line ?? 0) + 0.5) * LINE)),
    scale ? scaled(scale, foot + (lines - 0.5) * LINE, ink) : '',
  ];
  return element('svg', {xmlns: 'http://www.w3.org/2000/svg', width: w, height: h, viewBox: `0 0 ${short(w)} ${short(h)}`, 'font-family': ink.family, 'font-size': 12, fill: ink.text}, `${element('title', {}, escaped(title))}${drawn.join('')}`);
}

function keyed({label: text, colour, dash}: PictureKey, x: number, y: number): string {
  return element('line', {x1: x, x2: x + KEY - 6, y1: y, y2: y, stroke: colour, 'stroke-width': 2, 'stroke-dasharray': dash.join(' ') || undefined}) + label(text, x + KEY, y);
}

function scaled({colours, low, high}: NonNullable<Page['scale']>, y: number, ink: Ink): string {
  const from = PAD + low.length * CHARACTER + 8;
  const bars = colours.map((fill, i) => element('rect', {x: from + (i * BAR) / colours.length, y: y - 5, width: BAR / colours.length + 0.5, height: 10, fill}));
  return [label(low, PAD, y, {fill: ink.sub}), ...bars, label(high, from + BAR + 8, y, {fill: ink.sub})].join('');
}

/** Hands a file to the browser's downloads. */
export function saveSvg(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], {type: 'image/svg+xml'}));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
