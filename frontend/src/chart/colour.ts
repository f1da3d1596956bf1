/** Colour maps and the table from a tile's codes to pixels. Pure. */

import {CODE} from '../api/types';
import type {Theme} from '../store/state';
import type {Interval} from './interval';
import {span} from './interval';

export type ColourMap = 'viridis' | 'cividis' | 'diverging';

/**
 * Samples of the published maps at equal distances; between them channels are interpolated.
 * viridis: Smith and van der Walt 2015 (matplotlib). cividis: Nuñez, Anderton and Renslow 2018.
 * diverging: Brewer's RdBu with 11 classes, turned round so that blue is low.
 */
const STOPS: Readonly<Record<ColourMap, string>> = {
  viridis: '440154 482475 414487 355f8d 2a788e 21918c 22a884 44bf70 7ad151 bddf26 fde725',
  cividis: '00204d 00336f 39486b 575c6d 707173 8a8779 a69d75 c4b56c e4cf5b ffea46',
  diverging: '053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f',
};

/** What is not a value keeps a colour that none of the maps holds. No data is left clear: the hatching below shows. */
const SPECIAL: Readonly<Record<Theme, Readonly<Record<'zero' | 'infinite' | 'nan', string>>>> = {
  light: {zero: 'c3d3ee', infinite: 'ff8a00', nan: 'e4007f'},
  dark: {zero: 'a5b9da', infinite: 'ff9a1f', nan: 'ff3ea5'},
};

type Rgb = readonly [number, number, number];

function parse(hex: string): Rgb {
  const n = Number.parseInt(hex, 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

const PARSED: Readonly<Record<ColourMap, readonly Rgb[]>> = {
  viridis: STOPS.viridis.split(' ').map(parse),
  cividis: STOPS.cividis.split(' ').map(parse),
  diverging: STOPS.diverging.split(' ').map(parse),
};

/** The colour at `share` of the map, 0 … 1; outside, the colour of the end. */
export function colourAt(map: ColourMap, share: number): Rgb {
  const stops = PARSED[map];
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(place));
  const a = stops[below] ?? [0, 0, 0];
  const b = stops[below + 1] ?? a;
  const part = place - below;
  return [mix(a[0], b[0], part), mix(a[1], b[1], part), mix(a[2], b[2], part)];
}

function mix(a: number, b: number, part: number): number {
  return Math.round(a + (b - a) * part);
}

export function css([r, g, b]: Rgb): string {
  return `rgb(${r} ${g} ${b})`;
}

export function specialCss(theme: Theme, kind: 'zero' | 'infinite' | 'nan'): string {
  return `#${SPECIAL[theme][kind]}`;
}

/** Little-endian RGBA, as `ImageData` holds it on every machine that runs a browser. */
function pixel([r, g, b]: Rgb): number {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** The value of a code 2 … 251 on the axis of codes of a tile that spans `range`. */
export function codeToAxis(code: number, range: Interval): number {
  return range.from + ((code - CODE.LOWEST) / (CODE.HIGHEST - CODE.LOWEST)) * span(range);
}

/**
 * 256 pixels, one for each code of a tile quantised over `tile`, coloured on the range `shown`, which other tiles share.
 * Values beyond `shown` take the colour of its end; code 0 is transparent.
 */
export function lookupTable(map: ColourMap, theme: Theme, tile: Interval, shown: Interval): Uint32Array {
  const table = new Uint32Array(256);
  for (let code: number = CODE.LOWEST; code <= CODE.HIGHEST; code++) {
    table[code] = pixel(colourAt(map, shareOf(codeToAxis(code, tile), shown)));
  }
  table[CODE.ZERO] = pixel(parse(SPECIAL[theme].zero));
  table[CODE.INFINITE] = pixel(parse(SPECIAL[theme].infinite));
  table[CODE.NAN] = pixel(parse(SPECIAL[theme].nan));
  return table;
}

/** Where `value` lies in `shown`, 0 … 1; the middle when `shown` has no length. */
export function shareOf(value: number, shown: Interval): number {
  return span(shown) > 0 ? Math.min(1, Math.max(0, (value - shown.from) / span(shown))) : 0.5;
}

/** The one range on which several tiles are comparable; for signed values symmetric about `centre`. */
export function commonRange(tiles: readonly Interval[], centre: number | null): Interval {
  if (tiles.length === 0) return {from: 0, to: 1};
  const from = Math.min(...tiles.map((t) => t.from));
  const to = Math.max(...tiles.map((t) => t.to));
  if (centre === null) return from === to ? {from: from - 0.5, to: to + 0.5} : {from, to};
  const reach = Math.max(centre - from, to - centre) || 1;
  return {from: centre - reach, to: centre + reach};
}
