/** The rows of Layers: variables of several runs in one order. Pure. */

import type {Run, Variable} from '../api/types';
import type {Interval} from '../chart/interval';
import type {RowName} from '../chart/rows';
import {relativeNames, rowNames} from '../chart/rows';
import type {Zoom} from '../store/state';

/** Names of all lists, each in its own order: a name that a former list lacks comes after the one before it. */
export function mergeNames(lists: readonly (readonly string[])[]): readonly string[] {
  const merged: string[] = [];
  for (const list of lists) {
    let after = -1;
    for (const name of list) {
      const known = merged.indexOf(name);
      if (known >= 0) after = known;
      else merged.splice(++after, 0, name);
    }
  }
  return merged;
}

/**
 * Rows for the variables of several runs. Runs of one model are aligned although Keras counts its models on within a
 * process (`sequential/dense/kernel`, `sequential_1/dense/kernel`): names are compared without their run's shared path.
 */
export function alignRows(lists: readonly (readonly string[])[]): readonly RowName[] {
  const relative = lists.map(relativeNames);
  const full = new Map<string, string[]>();
  lists.forEach((names, run) => names.forEach((name, i) => {
    const key = relative[run]?.[i] ?? name;
    const known = full.get(key) ?? [];
    if (!known.includes(name)) full.set(key, [...known, name]);
  }));
  const keys = mergeNames(relative);
  const shown = rowNames(keys);
  return shown.map((row, i) => {
    const [name = row.name, ...aliases] = full.get(keys[i] ?? '') ?? [];
    return {...row, name, aliases};
  });
}

/** Runs that share at least this part of all the variables they have stand on the same rows. */
const ALIKE = 0.5;

/** The runs by model, as indices: those whose variables are mostly the same, in the order of their first run. */
export function byModel(lists: readonly (readonly string[])[]): readonly (readonly number[])[] {
  const sets = lists.map((names) => new Set(relativeNames(names)));
  const groups: number[][] = [];
  sets.forEach((set, run) => {
    const group = groups.find(([first = 0]) => overlap(sets[first] ?? new Set(), set) >= ALIKE);
    if (group) group.push(run);
    else groups.push([run]);
  });
  return groups;
}

/** The part of all names that both have; nothing is like nothing. */
function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((name) => b.has(name)).length;
  const all = a.size + b.size - shared;
  return all === 0 ? 1 : shared / all;
}

/** For each row its row in a tile whose rows are `variables`; −1: there is none. */
export function tileRows(rows: readonly RowName[], variables: readonly Variable[]): Int32Array {
  const place = new Map(variables.map((v, i) => [v.name, i]));
  return Int32Array.from(rows, (row) => {
    const names = [row.name, ...row.aliases];
    return Math.max(-1, ...names.map((name) => place.get(name) ?? -1));
  });
}

/** Usual distance between a run's recorded steps; 1 where that cannot be known. */
export function stepSpacing({steps}: Pick<Run, 'steps'>): number {
  const {first, last, recorded} = steps;
  return first === null || last === null || recorded < 2 ? 1 : Math.max(1, (last - first) / (recorded - 1));
}

/** The steps of all runs, with room for the last one's column; null: nothing is recorded. */
export function allSteps(runs: readonly Pick<Run, 'steps'>[]): Interval | null {
  const known = runs.flatMap((run) => {
    const {first, last} = run.steps;
    return first === null || last === null ? [] : [{from: first, to: last + stepSpacing(run)}];
  });
  if (known.length === 0) return null;
  return {from: Math.min(...known.map((k) => k.from)), to: Math.max(...known.map((k) => k.to))};
}

/** What is visible: the zoom, with room for its last column, or everything. */
export function visibleSteps(runs: readonly Pick<Run, 'steps'>[], zoom: Zoom | null): Interval | null {
  const all = allSteps(runs);
  if (!zoom || !all) return all;
  const room = Math.min(...runs.map(stepSpacing));
  return {from: zoom[0], to: zoom[1] + room};
}
