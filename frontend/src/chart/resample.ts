/** A tile of codes on the pixels of a screen: what is drawn when cells and pixels do not match. Pure. */

import {CODE} from '../api/types';
import type {Spans} from './columns';

/** Which of several codes under one pixel is shown. */
export type Keep = 'max' | 'min' | 'magnitude' | 'last';

/** A rank for every code: of several, the highest is kept. What is not finite always wins, no data never does. */
export function ranks(keep: Keep): Uint16Array {
  const rank = new Uint16Array(256);
  const middle = (CODE.LOWEST + CODE.HIGHEST) / 2;
  for (let code: number = CODE.ZERO; code <= CODE.HIGHEST; code++) {
    rank[code] = 1 + rankOf(keep, code, middle);
  }
  rank[CODE.INFINITE] = 1000;
  rank[CODE.NAN] = 1001;
  return rank;
}

function rankOf(keep: Keep, code: number, middle: number): number {
  switch (keep) {
    case 'max':
      return code;
    case 'min':
      return CODE.HIGHEST - code;
    case 'magnitude':
      return Math.round(2 * Math.abs(code - middle));
    case 'last':
      return 0; // all alike: the later one wins a tie
    default:
      return keep satisfies never;
  }
}

/** The source rows under each of `pixels` pixels that show rows `first` … `first + count` − 1. */
export function pixelRows(first: number, count: number, pixels: number): Spans {
  const from = new Int32Array(pixels);
  const to = new Int32Array(pixels);
  for (let y = 0; y < pixels; y++) {
    from[y] = first + Math.floor((y * count) / pixels);
    to[y] = Math.max((from[y] ?? 0) + 1, first + Math.floor(((y + 1) * count) / pixels));
  }
  return {from, to};
}

export interface Cells {
  /** uint8 [tile rows, columns]. */
  readonly codes: Uint8Array;
  readonly columns: number;
  /** For each row shown its row in the tile; −1 where the run has no such variable. */
  readonly tileRows: Int32Array;
}

/** RGBA pixels [rows.length, columns.length] of the cells. */
export function paint(cells: Cells, rows: Spans, columns: Spans, keep: Keep, table: Uint32Array): Uint32Array {
  const width = columns.from.length;
  const height = rows.from.length;
  const out = new Uint32Array(width * height);
  const rank = ranks(keep);
  for (let y = 0; y < height; y++) {
    if (y > 0 && rows.from[y] === rows.from[y - 1] && rows.to[y] === rows.to[y - 1]) {
      out.copyWithin(y * width, (y - 1) * width, y * width);
      continue;
    }
    for (let x = 0; x < width; x++) {
      out[y * width + x] = table[best(cells, rows, columns, y, x, rank)] ?? 0;
    }
  }
  return out;
}

function best(cells: Cells, rows: Spans, columns: Spans, y: number, x: number, rank: Uint16Array): number {
  const lastColumn = columns.to[x] ?? 0;
  const lastRow = rows.to[y] ?? 0;
  let kept: number = CODE.NONE;
  let highest = 0;
  for (let row = rows.from[y] ?? 0; row < lastRow; row++) {
    const source = cells.tileRows[row] ?? -1;
    if (source < 0) continue;
    for (let column = columns.from[x] ?? 0; column < lastColumn; column++) {
      const code = cells.codes[source * cells.columns + column] ?? 0;
      const r = rank[code] ?? 0;
      if (r >= highest) {
        highest = r;
        kept = code;
      }
    }
  }
  return kept;
}
