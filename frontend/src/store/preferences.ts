/** What a person's browser remembers between visits: one versioned key, and no failure when there is no storage. */

import type {MutedFinding, TipOrder} from './state';

export const KEY = 'tb_convergence.preferences';
const VERSION = 1;

export interface Preferences {
  readonly sidebarWidth?: number;
  readonly smoothing?: number;
  readonly logScale?: boolean;
  readonly xAxis?: string;
  readonly palette?: string;
  readonly live?: boolean;
  readonly ignoreOutliers?: boolean;
  readonly tipOrder?: TipOrder;
  readonly muted?: readonly MutedFinding[];
  readonly toured?: boolean;
}

type Store = Pick<Storage, 'getItem' | 'setItem'>;

function storage(): Store | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // a browser that forbids storage throws on access
  }
}

/** The preferences kept, or none: another version, damaged, or no storage. */
export function loadPreferences(store: Store | null = storage()): Preferences {
  try {
    const kept = JSON.parse(store?.getItem(KEY) ?? 'null') as {version?: number; values?: Preferences} | null;
    return kept?.version === VERSION && kept.values ? kept.values : {};
  } catch {
    return {};
  }
}

/** Keeps `values`, if that is possible. */
export function savePreferences(values: Preferences, store: Store | null = storage()): void {
  try {
    store?.setItem(KEY, JSON.stringify({version: VERSION, values}));
  } catch {
    // full or forbidden: preferences are a comfort
  }
}
