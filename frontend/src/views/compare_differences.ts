/** What two runs differ in, so that it can be read: models differ in hundreds of variables. Pure. */
import type {Difference} from '../api/types';

/** Lines for what differs in one way. */
const MOST_OF_A_KIND = 3;

/** Everything that differs in the same way by the same values. */
export interface Alike {
  readonly kind: string;
  readonly values: Difference['values'];
  readonly names: readonly string[];
}

export interface Listed {
  readonly shown: readonly Alike[];
  /** Kind → how many differences of it are not shown. */
  readonly left: ReadonlyMap<string, number>;
}

/** One line for all that differ alike, and of each kind a few lines. */
export function listed(differences: readonly Difference[]): Listed {
  const shown: Alike[] = [];
  const left = new Map<string, number>();
  for (const [kind, alike] of grouped(differences)) {
    shown.push(...alike.slice(0, MOST_OF_A_KIND));
    const more = alike.slice(MOST_OF_A_KIND).reduce((sum, {names}) => sum + names.length, 0);
    if (more > 0) left.set(kind, more);
  }
  return {shown, left};
}

function grouped(differences: readonly Difference[]): ReadonlyMap<string, readonly Alike[]> {
  const kinds = new Map<string, Map<string, Alike>>();
  for (const {kind, name, values} of differences) {
    const found = kinds.get(kind) ?? new Map<string, Alike>();
    const key = JSON.stringify(values.map(String));
    found.set(key, {kind, values, names: [...(found.get(key)?.names ?? []), name]});
    kinds.set(kind, found);
  }
  return new Map([...kinds].map(([kind, found]) => [kind, [...found.values()]]));
}
