/** The rows of a heatmap: variables in order of depth, their names shortened, grouped by layer and thinned. Pure. */

/** A variable's name in two parts, both without the path that all names share. */
export interface RowName {
  readonly name: string;
  /** What other runs call it; empty: the same. */
  readonly aliases: readonly string[];
  readonly group: string;
  readonly leaf: string;
  /** What stands between the two. */
  readonly separator: Separator;
}

type Separator = '/' | '.';

interface Path {
  readonly parts: readonly string[];
  readonly separator: Separator;
}

/** A name's parts: cut at `/`, or, where it has none, at `.` as in the path of an attribute, `blocks.0.kernel`. */
function pathOf(name: string): Path {
  const separator = name.includes('/') ? '/' : '.';
  return {parts: name.split(separator), separator};
}

/** A run of neighbouring rows of one layer. */
export interface Group {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** Rows `first` … `first + count` − 1 are visible. */
export interface RowView {
  readonly first: number;
  readonly count: number;
}

/** Fewest CSS pixels from one label's baseline to the next. */
export const LABEL_PITCH = 12;
/** The same where labels stand for rows that they cannot be read off one by one. */
const SPARSE_PITCH = 16;

/** Splits names before their last part, and leaves away the path that all of them share and TensorFlow's `:0`. */
export function rowNames(names: readonly string[]): readonly RowName[] {
  const paths = names.map((name) => pathOf(name.replace(/:0$/, '')));
  const shared = sharedDepth(paths.map((p) => p.parts));
  return paths.map(({parts, separator}, i) => {
    const kept = parts.slice(shared);
    const name = names[i] ?? '';
    return {name, aliases: [], group: kept.slice(0, -1).join(separator), leaf: kept.at(-1) ?? name, separator};
  });
}

/** The name that stands beside the row, in one piece. */
export function shortName({group, leaf, separator}: RowName): string {
  return group ? (leaf ? `${group}${separator}${leaf}` : group) : leaf;
}

/** Whether the row stands for the variable of this name, in any run. */
export function isNamed(row: RowName, name: string): boolean {
  return row.name === name || row.aliases.includes(name);
}

/** The row that stands for the variable of this name; −1: none does. */
export function rowNamed(rows: readonly RowName[], name: string | null): number {
  return name === null ? -1 : rows.findIndex((r) => isNamed(r, name));
}

/** The rows from the one of the first name to that of the second; null: they are not all here. */
export function rowsBetween(rows: readonly RowName[], ends: readonly [first: string, last: string] | null): RowView | null {
  if (!ends) return null;
  const [first, last] = [rowNamed(rows, ends[0]), rowNamed(rows, ends[1])];
  return first >= 0 && last >= first ? {first, count: last - first + 1} : null;
}

/** Names without the path that all of them share: what is left is the same in another run of the same model. */
export function relativeNames(names: readonly string[]): readonly string[] {
  const paths = names.map(pathOf);
  const shared = sharedDepth(paths.map((p) => p.parts));
  return paths.map(({parts, separator}) => parts.slice(shared).join(separator));
}

/** A part of a path with Keras' counter: `dense_3`. */
const COUNTED = /^(.*?)(?:_(0|[1-9]\d*))?$/;

/**
 * Names as if their model were the first of the process: `dense_3`, `dense_5` as `dense`, `dense_1`. Each part of a path
 * is counted among its siblings, so that unlike names stay unlike.
 */
export function recounted(names: readonly string[]): readonly string[] {
  const paths = names.map(pathOf);
  const counts = new Map<string, Set<number>>();
  for (const {parts} of paths) {
    parts.forEach((_, depth) => {
      const {word, count} = counterOf(parts, depth);
      counts.set(word, (counts.get(word) ?? new Set()).add(count));
    });
  }
  const ranks = new Map([...counts].map(([word, found]) => [word, new Map([...found].sort((a, b) => a - b).map((count, rank) => [count, rank]))]));
  return paths.map(({parts, separator}) => parts.map((_, depth) => {
    const {word, count, text} = counterOf(parts, depth);
    const rank = ranks.get(word)?.get(count) ?? 0;
    return rank > 0 ? `${text}_${rank}` : text;
  }).join(separator));
}

/** The counter of a part, −1 where it has none, and the word that it is counted under: with what stands before it. */
function counterOf(parts: readonly string[], depth: number): {readonly word: string; readonly count: number; readonly text: string} {
  const [, text = '', digits] = COUNTED.exec(parts[depth] ?? '') ?? [];
  return {word: [...parts.slice(0, depth), text].join('/'), count: digits === undefined ? -1 : Number(digits), text};
}

function sharedDepth(paths: readonly (readonly string[])[]): number {
  const [first] = paths;
  if (!first || paths.length < 2) return 0;
  let depth = 0;
  const leastLength = Math.min(...paths.map((p) => p.length));
  while (depth < leastLength - 1 && paths.every((p) => p[depth] === first[depth])) depth++;
  const leaves = leastLength - depth < 2 && paths.every((p) => p.length === leastLength);
  return leaves ? Math.max(0, depth - 1) : depth; // at least the layer's own name stays
}

/** Neighbouring rows of the same layer, within the view. */
export function groupsOf(rows: readonly RowName[], view: RowView): readonly Group[] {
  const groups: Group[] = [];
  for (let row = view.first; row < view.first + view.count; row++) {
    const text = rows[row]?.group ?? '';
    const last = groups.at(-1);
    if (last && last.text === text) groups[groups.length - 1] = {...last, to: row + 1};
    else groups.push({text, from: row, to: row + 1});
  }
  return groups;
}

/** A piece of text at a height in CSS pixels from the top of the plot. */
export interface Label {
  readonly text: string;
  readonly y: number;
  readonly row: number;
}

export interface GroupLabel extends Label {
  /** Whether all its variables are one row. */
  readonly closed: boolean;
}

export interface RowLabels {
  readonly leaves: readonly Label[];
  readonly groups: readonly GroupLabel[];
  /** Heights of the lines between layers. */
  readonly rules: readonly number[];
}

/** What stands beside the rows of a plot `height` CSS pixels high; labels that would touch are left out. */
export function rowLabels(rows: readonly RowName[], view: RowView, height: number): RowLabels {
  const pitch = view.count === 0 ? 0 : height / view.count;
  const groups = groupsOf(rows, view);
  const middle = (from: number, to: number): number => ((from + to) / 2 - view.first) * pitch;
  const leaves = rows.slice(view.first, view.first + view.count).map((r, i) => {
    const row = view.first + i;
    return {text: r.leaf, y: middle(row, row + 1), row};
  });
  const roomy = pitch >= LABEL_PITCH;
  const anchored = groups.map((g) => ({text: g.text, y: roomy ? middle(g.from, g.from + 1) : middle(g.from, g.to), row: g.from, closed: rows[g.from]?.leaf === ''}));
  return {
    leaves: roomy ? leaves : [],
    groups: thin(anchored.filter((g) => g.text !== ''), roomy ? LABEL_PITCH : SPARSE_PITCH),
    rules: rulesOf(groups, view, pitch),
  };
}

/** Lines are drawn only where layers are high enough to be told apart. */
const RULE_PITCH = 4;

function rulesOf(groups: readonly Group[], view: RowView, pitch: number): readonly number[] {
  if (groups.length === 0 || (view.count * pitch) / groups.length < RULE_PITCH) return [];
  return groups.slice(1).map((g) => (g.from - view.first) * pitch);
}

/** Leaves out every label that is nearer than `pitch` to the one kept before it. */
export function thin<T extends Label>(labels: readonly T[], pitch = LABEL_PITCH): readonly T[] {
  const kept: T[] = [];
  for (const label of labels) {
    const last = kept.at(-1);
    if (!last || label.y - last.y >= pitch) kept.push(label);
  }
  return kept;
}

/** `text` cut in the middle so that `measure` says it fits into `width`. */
export function ellipsis(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const kept = Math.ceil((low + high) / 2);
    if (measure(cut(text, kept)) <= width) low = kept;
    else high = kept - 1;
  }
  return low === 0 ? '' : cut(text, low);
}

function cut(text: string, kept: number): string {
  const head = Math.ceil(kept / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (kept - head))}`;
}

/** A view of rows scaled by `factor` about `row`, whole rows, within `total`. */
export function zoomRows(view: RowView, row: number, factor: number, total: number): RowView {
  const count = Math.min(total, Math.max(1, factor < 1 ? Math.floor(view.count * factor) : Math.ceil(view.count * factor)));
  const share = view.count === 0 ? 0 : (row - view.first) / view.count;
  return clampRows({first: Math.round(row - share * count), count}, total);
}

/** A view moved into 0 … `total`. */
export function clampRows(view: RowView, total: number): RowView {
  const count = Math.min(view.count, total);
  return {first: Math.max(0, Math.min(total - count, view.first)), count};
}

/** The view moved as little as possible so that `row` shows. */
export function reveal(view: RowView, row: number, total: number): RowView {
  if (row < view.first) return clampRows({...view, first: row}, total);
  return row >= view.first + view.count ? clampRows({...view, first: row - view.count + 1}, total) : view;
}
