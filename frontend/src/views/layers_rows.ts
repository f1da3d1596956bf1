/** The rows of Layers: variables of several runs in one order. Pure. */

import type {Run, Variable} from '../api/types';
import type {Interval} from '../chart/interval';
import type {RowName} from '../chart/rows';
import {recounted, relativeNames, rowNames} from '../chart/rows';
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
 * Rows for the variables of several runs. Runs of one model are aligned although Keras counts models and layers on
 * within a process (`sequential/dense/kernel`, `sequential_1/dense_3/kernel`): names are compared without their run's
 * shared path, and counted from zero where that leaves fewer rows.
 */
export function alignRows(lists: readonly (readonly string[])[]): readonly RowName[] {
  const relative = lists.map(relativeNames);
  const keysOf = comparable(relative);
  const full = new Map<string, string[]>();
  const shown = new Map<string, string>(); // what the first run that has the row calls it
  lists.forEach((names, run) => names.forEach((name, i) => {
    const key = keysOf[run]?.[i] ?? name;
    const known = full.get(key) ?? [];
    if (!known.includes(name)) full.set(key, [...known, name]);
    if (!shown.has(key)) shown.set(key, relative[run]?.[i] ?? name);
  }));
  const keys = mergeNames(keysOf);
  return rowNames(keys.map((key) => shown.get(key) ?? key)).map((row, i) => {
    const [name = row.name, ...aliases] = full.get(keys[i] ?? '') ?? [];
    return {...row, name, aliases};
  });
}

/** The names by which runs are compared: counted from zero where more then meet, and where no name would mean two things. */
function comparable(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const counted = lists.map(recounted);
  const fewer = new Set(counted.flat()).size < new Set(lists.flat()).size;
  return fewer && isFunction(lists.flat(), counted.flat()) ? counted : lists;
}

/** Whether equal names are always counted alike. */
function isFunction(names: readonly string[], counted: readonly string[]): boolean {
  const seen = new Map<string, string>();
  return names.every((name, i) => {
    const known = seen.get(name) ?? counted[i] ?? name;
    seen.set(name, known);
    return known === counted[i];
  });
}

/** Runs that share at least this part of all the variables they have stand on the same rows. */
const ALIKE = 0.5;

/** The runs by model, as indices: those whose variables are mostly the same, in the order of their first run. */
export function byModel(lists: readonly (readonly string[])[]): readonly (readonly number[])[] {
  const relative = lists.map(relativeNames);
  const groups: number[][] = [];
  relative.forEach((names, run) => {
    const group = groups.find(([first = 0]) => {
      const [a, b] = comparable([relative[first] ?? [], names]);
      return overlap(new Set(a), new Set(b)) >= ALIKE;
    });
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
