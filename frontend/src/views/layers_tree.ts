/** The tree of layers: which variables stand together in one row. The server makes the same rows (report/grouping.py). Pure. */

import type {Level, Variable} from '../api/types';
import type {RowName} from '../chart/rows';

/** What is closed: everything of a level, but for the groups named, which are the other way round. */
export interface Tree {
  readonly level: Level;
  /** Full paths with their separator at the end. */
  readonly toggled: readonly string[];
}

/** A variable, or a group of them in one row. */
export interface Member extends Variable {
  /** Names of a group's variables; absent: a variable of its own. */
  readonly members?: readonly string[];
}

/** The rows of one run, a group at the place of its first variable. */
export function collapse(variables: readonly Variable[], {level, toggled}: Tree): readonly Member[] {
  if (level === 'variables' && toggled.length === 0) return variables;
  const shared = sharedParts(variables);
  const out = new Map<string, Member>();
  for (const variable of variables) {
    const group = groupOf(variable.name, level, shared);
    const closed = group !== null && (level !== 'variables') !== toggled.includes(group);
    const name = closed ? group : variable.name;
    const before = out.get(name);
    out.set(name, closed ? joined(name, variable, before) : variable);
  }
  return [...out.values()];
}

function joined(name: string, variable: Variable, before: Member | undefined): Member {
  if (!before) return {...variable, name, members: [variable.name]};
  const shape = before.shape.length >= variable.shape.length ? before.shape : variable.shape;
  return {...before, shape, size: before.size + variable.size, members: [...(before.members ?? []), variable.name]};
}

function partsOf(name: string): readonly string[] {
  return name.split(name.includes('/') ? '/' : '.');
}

/** How many first parts of their paths all variables share. */
function sharedParts(variables: readonly Pick<Variable, 'name'>[]): number {
  const paths = variables.map((v) => partsOf(v.name).slice(0, -1));
  const [first = []] = paths;
  const differs = first.findIndex((part, i) => paths.some((p) => p[i] !== part));
  return differs < 0 ? first.length : differs;
}

/** The group of a variable, which closes with it; null: it has none. */
function groupOf(name: string, level: Level, shared: number): string | null {
  const parts = partsOf(name);
  const depth = level === 'blocks' ? shared + 1 : parts.length - 1;
  const separator = name.includes('/') ? '/' : '.';
  return depth > 0 && depth < parts.length ? parts.slice(0, depth).join(separator) + separator : null;
}

/** The groups, by their names in every run, that open or close with a row. */
export function groupsOfRow(row: RowName, lists: readonly (readonly Variable[])[], level: Level): readonly string[] {
  const names = new Set([row.name, ...row.aliases]);
  const found = lists.flatMap((variables) => {
    const shared = sharedParts(variables);
    return variables.flatMap(({name}) => (names.has(name) ? (groupOf(name, level, shared) ?? []) : []));
  });
  return [...new Set(found)];
}

/** The tree with these groups the other way round. */
export function toggle({level, toggled}: Tree, groups: readonly string[]): Tree {
  const known = groups.filter((g) => toggled.includes(g));
  return {level, toggled: known.length > 0 ? toggled.filter((g) => !known.includes(g)) : [...toggled, ...groups]};
}

/** The levels worth offering: blocks only where there is something between them and their layers. */
export function levelsOf(variables: readonly Pick<Variable, 'name'>[]): readonly Level[] {
  const shared = sharedParts(variables);
  const deepest = Math.max(0, ...variables.map((v) => partsOf(v.name).length - shared));
  if (deepest < 2) return [];
  return deepest < 3 ? ['variables', 'layers'] : ['variables', 'layers', 'blocks'];
}
