/** The page's state as fields of the URL, both ways. Pure; host.ts knows where the fields live. */
import type {Level, Pool} from '../api/types';
import type {Alignment, ColourRange, Kind, RowOrder, View, XAxis, Zoom} from './state';

/** What a link carries. Absent: the default. */
export interface UrlState {
  readonly view: View;
  readonly runs: readonly string[] | null;
  readonly filter: string;
  readonly baseline: string | null;
  readonly statistic: string;
  readonly zoom: Zoom | null;
  readonly variables: readonly string[];
  readonly x: XAxis;
  readonly pool: Pool;
  readonly trimmed: boolean;
  readonly ends: ColourRange | null;
  /** First and last row of heatmaps. */
  readonly rows: readonly [string, string] | null;
  /** The level of the tree of layers that is closed, and the groups that are not as it says. */
  readonly level: Level;
  readonly toggled: readonly string[];
  readonly order: RowOrder;
  /** The kind of variables that is shown; null: all. */
  readonly kind: Kind | null;
  /** What steps are paired by in Compare. */
  readonly align: Alignment;
  /** The variable of Dynamics. */
  readonly dynamics: string | null;
}

export type Fields = Readonly<Record<string, string>>;

export const DEFAULTS: UrlState = {
  view: 'diagnosis',
  runs: null,
  filter: '',
  baseline: null,
  statistic: 'gradient_norm',
  zoom: null,
  variables: [],
  x: 'step',
  pool: 'max',
  trimmed: true,
  ends: null,
  rows: null,
  level: 'variables',
  toggled: [],
  order: 'depth',
  kind: null,
  align: 'step',
  dynamics: null,
};

const VIEWS: readonly View[] = ['diagnosis', 'layers', 'dynamics', 'optimizer', 'gradients', 'compare'];
const AXES: readonly XAxis[] = ['step', 'relative', 'wall'];
const ALIGNMENTS: readonly Alignment[] = ['step', 'relative', 'loss'];
const LEVELS: readonly Level[] = ['variables', 'layers', 'blocks'];
const ORDERS: readonly RowOrder[] = ['depth', 'findings', 'largest', 'smallest', 'name'];
const KINDS: readonly Kind[] = ['kernel', 'bias', 'normalization', 'embedding', 'other'];
const POOLS: readonly Pool[] = ['max', 'min', 'median', 'last'];

/** Names joined by commas; a comma within a name is escaped. */
function join(names: readonly string[]): string {
  return names.map((n) => n.replaceAll('%', '%25').replaceAll(',', '%2C')).join(',');
}

function split(text: string): readonly string[] {
  return text === '' ? [] : text.split(',').map((n) => n.replaceAll('%2C', ',').replaceAll('%25', '%'));
}

function parseZoom(text: string | undefined): Zoom | null {
  const match = /^(\d+)-(\d+)$/.exec(text ?? '');
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  return match && first < last ? [first, last] : null;
}

function parseRows(text: string | undefined): UrlState['rows'] {
  const [first, last, ...more] = split(text ?? '');
  return first !== undefined && last !== undefined && more.length === 0 ? [first, last] : null;
}

function parseEnds(text: string | undefined): ColourRange | null {
  const [from, to, of] = (text ?? '').split('~');
  const [low, high] = [Number(from), Number(to)];
  return of && low < high ? {of, from: low, to: high} : null;
}

function oneOf<T extends string>(options: readonly T[], text: string | undefined, otherwise: T): T {
  return options.find((o) => o === text) ?? otherwise;
}

/** Only what differs from the defaults, so that links stay short. */
export function serialize(state: UrlState): Fields {
  const entries: [string, string | null][] = [
    ['view', state.view === DEFAULTS.view ? null : state.view],
    ['runs', state.runs && join(state.runs)],
    ['filter', state.filter || null],
    ['baseline', state.baseline],
    ['statistic', state.statistic === DEFAULTS.statistic ? null : state.statistic],
    ['zoom', state.zoom && state.zoom.join('-')],
    ['variables', state.variables.length ? join(state.variables) : null],
    ['x', state.x === DEFAULTS.x ? null : state.x],
    ['pool', state.pool === DEFAULTS.pool ? null : state.pool],
    ['colours', state.trimmed === DEFAULTS.trimmed ? null : 'all'],
    ['ends', state.ends && [state.ends.from.toPrecision(5), state.ends.to.toPrecision(5), state.ends.of].join('~')],
    ['rows', state.rows && join(state.rows)],
    ['level', state.level === DEFAULTS.level ? null : state.level],
    ['toggled', state.toggled.length ? join(state.toggled) : null],
    ['order', state.order === DEFAULTS.order ? null : state.order],
    ['kind', state.kind],
    ['align', state.align === DEFAULTS.align ? null : state.align],
    ['dynamics', state.dynamics],
  ];
  return Object.fromEntries(entries.filter((e): e is [string, string] => e[1] !== null));
}

/** The state of a link; what cannot be read falls back to the default. */
export function parse(fields: Fields): UrlState {
  return {
    view: oneOf(VIEWS, fields['view'], DEFAULTS.view),
    runs: fields['runs'] === undefined ? null : split(fields['runs']),
    filter: fields['filter'] ?? '',
    baseline: fields['baseline'] ?? null,
    statistic: fields['statistic'] ?? DEFAULTS.statistic,
    zoom: parseZoom(fields['zoom']),
    variables: split(fields['variables'] ?? ''),
    x: oneOf(AXES, fields['x'], DEFAULTS.x),
    pool: oneOf(POOLS, fields['pool'], DEFAULTS.pool),
    trimmed: fields['colours'] !== 'all',
    ends: parseEnds(fields['ends']),
    rows: parseRows(fields['rows']),
    level: oneOf(LEVELS, fields['level'], DEFAULTS.level),
    toggled: split(fields['toggled'] ?? ''),
    order: oneOf(ORDERS, fields['order'], DEFAULTS.order),
    kind: KINDS.find((k) => k === fields['kind']) ?? null,
    align: oneOf(ALIGNMENTS, fields['align'], DEFAULTS.align),
    dynamics: fields['dynamics'] ?? null,
  };
}
