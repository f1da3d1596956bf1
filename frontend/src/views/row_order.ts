/** In which order the rows of heatmaps stand. Pure. */

import {CODE, type Severity, type Tile} from '../api/types';
import {codeToAxis} from '../chart/colour';
import {isNamed, type RowName} from '../chart/rows';
import type {RowOrder} from '../store/state';
import type {PanelGroup} from './layers_data';

const RANK: Readonly<Record<Severity, number>> = {error: 2, warning: 1, info: 0};

/** The group with its rows in another order; rows that the order does not tell apart stay in order of depth. */
export function ordered(group: PanelGroup, order: RowOrder): PanelGroup {
  if (order === 'depth') return group;
  const keys = group.rows.map((row, i) => keyOf(group, row, i, order));
  const places = group.rows.map((_, i) => i).sort((a, b) => compare(keys[a], keys[b]));
  return {
    rows: places.flatMap((i) => group.rows[i] ?? []),
    panels: group.panels.map((panel) => ({...panel, tileRows: Int32Array.from(places, (i) => panel.tileRows[i] ?? -1)})),
  };
}

type Key = readonly (number | string)[];

function compare(a: Key = [], b: Key = []): number {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

function keyOf(group: PanelGroup, row: RowName, i: number, order: Exclude<RowOrder, 'depth'>): Key {
  switch (order) {
    case 'name':
      return [row.group, row.leaf];
    case 'findings':
      return worstFinding(group, row);
    case 'largest':
      return [-Math.max(...group.panels.map(({tile, tileRows}) => extreme(tile, tileRows[i] ?? -1, Math.max, -Infinity)))];
    case 'smallest':
      return [Math.min(...group.panels.map(({tile, tileRows}) => extreme(tile, tileRows[i] ?? -1, Math.min, Infinity)))];
    default:
      return order satisfies never;
  }
}

/** How bad the worst finding about a row is, and how early the row is named in it: the worst variable is named first. */
function worstFinding({panels}: PanelGroup, row: RowName): Key {
  const keys = panels.flatMap(({marks}) => marks).flatMap(({severity, variables}): Key[] => {
    const place = variables.findIndex((name) => isNamed(row, name));
    return place < 0 ? [] : [[-RANK[severity], place]];
  });
  return keys.sort(compare)[0] ?? [1, 0];
}

/** The extreme of what is visible in a row, on the axis of codes; what is not finite is the largest, 0 on a log scale the smallest. */
function extreme(tile: Tile | null, row: number, pick: (a: number, b: number) => number, none: number): number {
  if (!tile || row < 0) return none;
  let found = none;
  for (let at = row * tile.columns; at < (row + 1) * tile.columns; at++) {
    const code = tile.codes[at] ?? CODE.NONE;
    if (code !== CODE.NONE) found = pick(found, axisValue(code, tile));
  }
  return found;
}

function axisValue(code: number, {low, high}: Tile): number {
  if (code === CODE.NAN || code === CODE.INFINITE) return Number.MAX_VALUE;
  return code === CODE.ZERO ? -Number.MAX_VALUE : codeToAxis(code, {from: low, to: high});
}
