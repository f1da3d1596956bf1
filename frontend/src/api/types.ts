/**
 * What the plugin's HTTP API answers, decoded: the types of serve/http_api.md.
 * JSON carries NaN and infinities as strings; everything here holds real numbers.
 */

/** The schema of `./runs` and `./diagnosis` that this bundle was built for. */
export const SCHEMA = 1;

/** First and last recorded step, and how many lie between; `null` for an empty run. */
export interface StepRange {
  readonly first: number | null;
  readonly last: number | null;
  readonly recorded: number;
}

/** One row of `./runs`. */
export interface Run {
  /** TensorBoard's run name, with `:stream` after it for a named stream. Unique. */
  readonly run: string;
  readonly tensorboard_run: string;
  readonly stream: string | null;
  readonly steps: StepRange;
  readonly variables: number;
  /** Unix seconds, `null` when unknown. */
  readonly started: number | null;
  /** Changes when, and only when, the data of the run changes. */
  readonly token: string;
}

export interface RunsPayload {
  readonly schema: number;
  readonly version: string;
  readonly runs: readonly Run[];
}

export type Severity = 'error' | 'warning' | 'info';

/** A number, text, flag or nothing, as evidence of a finding. */
export type EvidenceValue = number | string | boolean | null;

export interface Finding {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** 1 is the cause to look at first. */
  readonly rank: number;
  /** 0 to 1. */
  readonly confidence: number;
  /** The worst first; empty: the whole model. */
  readonly variables: readonly string[];
  readonly onset_step: number | null;
  readonly evidence: Readonly<Record<string, EvidenceValue>>;
  readonly summary: string;
  readonly advice: readonly string[];
  readonly expect: string;
  /** Id of the finding that this one is a consequence of. */
  readonly explained_by: string | null;
}

/** A rule that raised nothing, and why. */
export interface NotFound {
  readonly id: string;
  readonly reason: string;
}

/** Something to know about the data itself. */
export interface Note {
  readonly severity: 'warning' | 'info';
  readonly text: string;
}

export type Outcome =
  | 'converging'
  | 'converged'
  | 'not settled'
  | 'slow'
  | 'stalled'
  | 'oscillating'
  | 'diverged'
  | 'not finite'
  | 'too early to say';

/** The diagnosis of one run. */
export interface Diagnosis {
  readonly run: string;
  readonly outcome: Outcome;
  readonly verdict: string;
  readonly steps: StepRange;
  readonly findings: readonly Finding[];
  readonly clear: readonly string[];
  readonly not_applicable: readonly NotFound[];
  readonly not_enough_evidence: readonly NotFound[];
  readonly notes: readonly Note[];
}

export interface DiagnosisPayload {
  readonly schema: number;
  readonly runs: readonly Diagnosis[];
}

export interface Variable {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly size: number;
  /** Rank in forward order, from 0 at the input. */
  readonly depth: number;
  /** Elements that its statistics are estimated from; `null`: all of them. */
  readonly sampled: number | null;
  readonly activation: string | null;
}

export interface Optimizer {
  readonly class: string;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface VariablesPayload {
  readonly run: string;
  /** In order of depth. */
  readonly variables: readonly Variable[];
  readonly optimizer: Optimizer | null;
  /** Steps at which a later session took over. */
  readonly restarts: readonly number[];
  /** Statistics of a whole step that have a number anywhere; `metric/…` are the caller's own. */
  readonly step_statistics: readonly string[];
}

export type Scale = 'log' | 'linear';

/** One entry of the catalogue of what can be plotted. */
export interface Statistic {
  readonly name: string;
  readonly title: string;
  readonly scope: 'variable' | 'step';
  /** `log`: non-negative, shown by its log10. `linear`: signed, centred. */
  readonly scale: Scale;
  readonly low: number | null;
  readonly high: number | null;
  /** Reference band of healthy runs, in the statistic's own unit. */
  readonly band: readonly [number, number] | null;
  readonly unit: string;
  readonly formula: string;
  readonly meaning: string;
  readonly reading: string;
}

export interface StatisticsPayload {
  readonly statistics: readonly Statistic[];
}

export type Pool = 'max' | 'min' | 'median' | 'last';

/** Which groups of variables are closed to one row. */
export type Level = 'variables' | 'layers' | 'blocks';

/** Codes of a tile's cells; `ZERO` occurs on scale `log` only. */
export const CODE = {NONE: 0, ZERO: 1, LOWEST: 2, HIGHEST: 251, INFINITE: 254, NAN: 255} as const;

/** A heatmap: `rows` variables in order of depth by `columns` buckets of steps. */
export interface Tile {
  readonly run: string;
  readonly statistic: string;
  readonly rows: number;
  readonly columns: number;
  readonly pool: Pool;
  readonly scale: Scale;
  /** What code 2 and code 251 stand for: log10 units for `log`, the statistic's own for `linear`. */
  readonly low: number;
  readonly high: number;
  /** Recorded steps in the range. */
  readonly recorded: number;
  /** Of the rows: variables, or groups with a separator at the end. */
  readonly names: readonly string[];
  /** float64 [columns], first step that each column covers. */
  readonly firstStep: Float64Array;
  /** float64 [columns], last step that each column covers. */
  readonly lastStep: Float64Array;
  /** uint8 [rows × columns], row-major, see {@link CODE}. */
  readonly codes: Uint8Array;
}

/** One line over the points of its {@link Lines}. */
export interface Line {
  /** Variable; `""` is the whole model. */
  readonly name: string;
  /** float64 [points]; NaN and infinities are real values. */
  readonly last: Float64Array;
  /** float64 [points]; the same array as `last` where there is no envelope. */
  readonly min: Float64Array;
  readonly max: Float64Array;
}

export interface Lines {
  readonly run: string;
  readonly statistic: string;
  readonly points: number;
  /** Recorded steps in the range. */
  readonly recorded: number;
  readonly decimated: boolean;
  /** Whether `min` and `max` are more than `last`: points were decimated, or rows stand for windows of steps. */
  readonly envelope: boolean;
  /** Recorded steps in the whole run. */
  readonly total: number;
  /** float64 [points], first step of each bucket. */
  readonly step: Float64Array;
  /** float64 [points], Unix seconds. */
  readonly wallTime: Float64Array;
  readonly series: readonly Line[];
}

/** A statistic of every variable at one step. */
export interface Profile {
  readonly run: string;
  readonly statistic: string;
  /** The recorded step nearest to the one asked for. */
  readonly step: number;
  /** In order of depth. */
  readonly variables: readonly string[];
  /** `null`: there is no number; NaN: there is one and it is not a number. */
  readonly values: readonly (number | null)[];
}

/** A setting of the optimizer, as configured and as the updates show it; null: not known. */
export interface Setting {
  readonly name: string;
  readonly configured: number | null;
  readonly identified: number | null;
  readonly agrees: boolean | null;
}

export type Behaviour = 'monotone' | 'oscillating' | 'diverging';

/** A stretch of the stability number; the last one ends at infinity. */
export interface Region {
  readonly behaviour: Behaviour;
  readonly start: number;
  readonly end: number;
}

/** How far the steps went, and what a learning rate would do: see http_api.md. */
export interface Stability {
  /** `recurrence`: of the identified optimizer; `step`: of each step along its own line. */
  readonly basis: 'recurrence' | 'step';
  readonly source: 'same batch' | 'successive batches';
  /** The curvature is an upper bound only: batches differ. */
  readonly noisy: boolean;
  readonly learning_rate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly number: number;
  readonly limit: number;
  readonly steps: number;
  readonly above: number;
  readonly first_above: number | null;
  /** Quantiles from 0 to 1, evenly spaced; a learning rate times one of them is a stability number. */
  readonly curvature: readonly number[];
  readonly regions: readonly Region[];
  /** What a step multiplies the distance from the minimum by, over the stability number. */
  readonly response: {readonly number: readonly number[]; readonly root: readonly number[]};
}

export interface OptimizerPayload {
  readonly run: string;
  readonly optimizer: Optimizer | null;
  readonly steps: StepRange;
  readonly family: 'gradient descent' | 'momentum' | 'nesterov' | 'unknown';
  readonly identified: number;
  readonly updates: number;
  readonly residual: number | null;
  readonly settings: readonly Setting[];
  readonly stability: Stability | null;
  readonly reason: string | null;
}

export type GradientVerdict = 'right' | 'scaled' | 'opposite sign' | 'wrong direction' | 'not compared' | 'not steady';

/** One variable's gradient against the tape's own. */
export interface Compared {
  readonly variable: string;
  readonly factor: number | null;
  readonly cosine: number | null;
  readonly residual: number | null;
  readonly steps: number;
  readonly verdict: GradientVerdict;
}

export interface GradientCheckPayload {
  readonly run: string;
  readonly variables: readonly Compared[];
  /** The change of the loss against what the gradients promise. */
  readonly passive: {readonly factor: number | null; readonly spread: number | null; readonly steps: number; readonly verdict: GradientVerdict};
}

/** A number that a rule holds others against. */
export interface Threshold {
  readonly name: string;
  readonly default: number;
  /** In force: that of the settings where they set one. */
  readonly value: number;
  /** Unit, source and reason; may be empty. */
  readonly meaning: string;
}

export interface ThresholdsPayload {
  readonly finding: string;
  /** Where settings stand, or would be found; null: nowhere. */
  readonly file: string | null;
  readonly thresholds: readonly Threshold[];
}

/** One thing in which two runs differ; values of the baseline and of the other. */
export interface Difference {
  readonly kind: string;
  readonly name: string;
  readonly values: readonly [EvidenceValue, EvidenceValue];
}

/** Two runs compared, the baseline first. */
export interface ComparisonPayload {
  readonly runs: readonly {readonly run: string; readonly outcome: Outcome; readonly verdict: string}[];
  /** Where they first differ for good; null: nowhere. */
  readonly parting: {readonly step: number; readonly statistic: string; readonly variable: string | null; readonly values: readonly EvidenceValue[]} | null;
  readonly differences: readonly Difference[];
  readonly explanation: Difference | null;
  readonly summary: string;
}

/** Why an answer did not come, as a value. */
export type ApiError =
  | {readonly kind: 'offline'; readonly message: string}
  | {readonly kind: 'http'; readonly status: number; readonly message: string}
  | {readonly kind: 'malformed'; readonly message: string}
  | {readonly kind: 'schema'; readonly found: number; readonly message: string}
  | {readonly kind: 'aborted'; readonly message: string};

export type Result<T> = {readonly ok: true; readonly value: T} | {readonly ok: false; readonly error: ApiError};
