/** The page's state, one atom a line. Views read these signals; actions.ts changes them. */
import {computed, signal} from '@preact/signals';
import type {ApiError, Level, Outcome, Pool, Run, Statistic} from '../api/types';
import {matcher} from '../format/regex';

/** Most runs shown side by side; more cannot be told apart, or fit. */
export const MAX_SHOWN = 8;

export type View = 'diagnosis' | 'layers' | 'dynamics' | 'optimizer' | 'gradients' | 'compare';
export type Theme = 'light' | 'dark';
export type XAxis = 'step' | 'relative' | 'wall';
/** What the steps of two runs are paired by in Compare. */
export type Alignment = 'step' | 'relative' | 'loss';
export type Palette = 'viridis' | 'cividis';
/** Order of the rows of heatmaps; `largest` and `smallest` go by what is visible of the statistic. */
export type RowOrder = 'depth' | 'findings' | 'largest' | 'smallest' | 'name';
/** What a variable is, by its name and shape. */
export type Kind = 'kernel' | 'bias' | 'normalization' | 'embedding' | 'other';
/** Order of the lines in a tooltip, as in TensorBoard. */
export type TipOrder = 'default' | 'ascending' | 'descending' | 'nearest';
/** Ends of colours on the axis of codes, of the statistic with this title. */
export interface ColourRange {
  readonly of: string;
  readonly from: number;
  readonly to: number;
}
/** First and last step, inclusive. */
export type Zoom = readonly [first: number, last: number];

/** One finding of one run. */
export interface MutedFinding {
  readonly run: string;
  readonly id: string;
}

/** What became of the first request for the runs. */
export type Phase = 'loading' | 'ready' | 'failed';

/** Every recorded run the server knows, sorted by name. */
export const runs = signal<readonly Run[]>([]);
/** Whether the list of runs has come yet. */
export const phase = signal<Phase>('loading');
/** Why the last request failed, while the server does not answer; `null` while it does. */
export const trouble = signal<ApiError | null>(null);
/** TensorBoard's own runs in its order of first appearance, which gives each its colour. */
export const colorOrder = signal<readonly string[]>([]);
/** The log directory TensorBoard was started with, when it says so. */
export const logdir = signal<string | null>(null);
/** The catalogue of statistics, in the server's order; empty until it has come. */
export const statistics = signal<readonly Statistic[]>([]);

/** How each run went, by name, as far as it has been asked. */
export const outcomes = signal<ReadonlyMap<string, Outcome>>(new Map());

/** Names of the runs that were ticked; `null`: nobody chose, all of them. */
export const chosen = signal<readonly string[] | null>(null);
/** What TensorBoard's own pages had ticked when this page was opened, by its run; a run that is not named is ticked. */
export const inheritedSelection = signal<Readonly<Record<string, boolean>>>({});
/** Regular expression over run names, TensorBoard's way: case-insensitive, anywhere, invalid matches nothing. */
export const runFilter = signal('');
/** The run that others are compared with; `null`: none. */
export const baseline = signal<string | null>(null);

/** The open view. */
export const view = signal<View>('diagnosis');
/** Name of the statistic in Layers and Compare. */
export const statistic = signal('gradient_norm');
/** Steps that every view is zoomed to; `null`: all. */
export const zoom = signal<Zoom | null>(null);
/** The step under the cursor, shared by every chart; `null`: none. */
export const cursorStep = signal<number | null>(null);
/** The step and the variable under the pointer or a chart's keyboard cell, while there is one: crosshairs follow them everywhere. */
export const hoverStep = signal<number | null>(null);
export const hoverVariable = signal<string | null>(null);
/** Variables that are picked out in every view, in the order of picking; empty: none in particular. */
export const selectedVariables = signal<readonly string[]>([]);
/** Regular expression over variable names in Layers, with the semantics of `runFilter`. */
export const variableFilter = signal('');

/** Names of the first and the last row that heatmaps are zoomed to, where they have both; `null`: all rows. */
export const rowZoom = signal<readonly [first: string, last: string] | null>(null);
/** Which level of the tree of layers is closed to one row a group, and the groups that are the other way round. */
export const rowLevel = signal<Level>('variables');
export const toggledGroups = signal<readonly string[]>([]);
export const rowOrder = signal<RowOrder>('depth');
/** The kind of variables that heatmaps show; `null`: all. */
export const variableKind = signal<Kind | null>(null);
/** How steps that share a column of a heatmap are joined; the worst is never averaged away. */
export const pool = signal<Pool>('max');
/** Whether the range of colours leaves out the lowest and the highest percent of values: one explosion must not hide all else. */
export const trimmed = signal(true);
/** Ends of the colours that a person set; `null`: as the data has them. */
export const colourRange = signal<ColourRange | null>(null);
/** The variable that Dynamics is shown for; `null`: the whole model. */
export const dynamicsVariable = signal<string | null>(null);

/** What steps of other runs are paired with steps of the baseline by. */
export const alignment = signal<Alignment>('step');

/** The theme that is painted, following TensorBoard's. */
export const theme = signal<Theme>('light');
/** Whether lines of statistics on scale `log` are drawn on a log axis. */
export const logScale = signal(true);
/** Weight of TensorBoard's moving average over lines, 0 to 0.999. */
export const smoothing = signal(0);
/** Whether the vertical axis of lines leaves out the lowest and the highest 5 % of values. */
export const ignoreOutliers = signal(false);
/** Order of the lines in tooltips. */
export const tipOrder = signal<TipOrder>('default');
/** What the horizontal axis of lines means. */
export const xAxis = signal<XAxis>('step');
/** Colours of heatmaps on scale `log`. */
export const palette = signal<Palette>('viridis');
/** Width of the run list in CSS pixels. */
export const sidebarWidth = signal(264);
/** Whether the run list is open; narrow windows start with it closed. */
export const sidebarOpen = signal(true);
/** Whether runs are asked for again every few seconds. */
export const live = signal(false);

/** Findings that a person put aside, as `run` and id; they are counted, and marked nowhere. */
export const muted = signal<readonly MutedFinding[]>([]);

/** The finding that a mark was pressed for: Diagnosis unfolds it, brings it into view, and forgets it. */
export const pointedFinding = signal<MutedFinding | null>(null);

/** Whether the list of keyboard shortcuts is open. */
export const shortcutsOpen = signal(false);

/** Whether the tour was seen or declined, in this browser; and the stop at which it is, `null`: it is not going on. */
export const toured = signal(false);
export const tour = signal<number | null>(null);

/** Counts reloads; whatever failed before is asked for again. */
export const reloadTick = signal(0);
/** Unix milliseconds of the last answer about the runs; `null` before the first. */
export const refreshedAt = signal<number | null>(null);

/** Runs whose name fits the filter. */
export const matchingRuns = computed<readonly Run[]>(() => {
  const matches = matcher(runFilter.value);
  return runs.value.filter((r) => matches(r.run));
});

/** Names of the runs that are ticked and still exist. */
export const selectedRuns = computed<ReadonlySet<string>>(() => {
  const picked = chosen.value;
  const inherited = inheritedSelection.value;
  return new Set(runs.value.filter((r) => picked?.includes(r.run) ?? inherited[r.tensorboard_run] ?? true).map((r) => r.run));
});

/** Runs that are ticked and fit the filter, in the list's order. */
export const activeRuns = computed<readonly Run[]>(() => matchingRuns.value.filter((r) => selectedRuns.value.has(r.run)));

/** The runs that views show: the first {@link MAX_SHOWN} of `activeRuns`, the baseline first among them. */
export const shownRuns = computed<readonly Run[]>(() => {
  const active = activeRuns.value;
  const base = active.filter((r) => r.run === baseline.value);
  return [...base, ...active.filter((r) => r.run !== baseline.value)].slice(0, MAX_SHOWN);
});
