/** Asks the plugin's HTTP API: few requests at a time, cancellable, errors as values. */
import {
  PayloadError,
  SchemaError,
  decodeComparison,
  decodeDiagnosis,
  decodeGradientCheck,
  decodeLines,
  decodeOptimizer,
  decodeProfile,
  decodeRuns,
  decodeStatistics,
  decodeThresholds,
  decodeTile,
  decodeVariables,
} from './decode';
import type {
  ApiError,
  ComparisonPayload,
  DiagnosisPayload,
  GradientCheckPayload,
  Level,
  Lines,
  OptimizerPayload,
  Pool,
  Profile,
  Result,
  RunsPayload,
  StatisticsPayload,
  ThresholdsPayload,
  Tile,
  VariablesPayload,
} from './types';

/** Most requests at a time: TensorBoard closes each connection, and browsers open six to one host. */
export const MAX_IN_FLIGHT = 6;

export type Fetch = (url: string, init: {readonly signal: AbortSignal}) => Promise<Response>;
type Query = Readonly<Record<string, string | number | readonly string[] | null | undefined>>;

/** What a tile or a set of lines is asked for; `first` and `last` are inclusive, absent: the whole run. */
export interface RangeQuery {
  readonly run: string;
  readonly statistic: string;
  readonly first?: number | null;
  readonly last?: number | null;
}
export interface TileQuery extends RangeQuery, RowsQuery {
  readonly columns: number;
  readonly pool: Pool;
}
/** Which groups of variables are one row; absent: none. */
export interface RowsQuery {
  readonly level?: Level;
  readonly toggled?: readonly string[];
}
export interface LinesQuery extends RangeQuery {
  /** Empty: the whole model as one vector. */
  readonly variables: readonly string[];
  readonly points: number;
}

/** `path?query`, repeated for lists; `null` and `undefined` are left out. */
export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** Lets `limit` tasks run at a time; the others wait in order. */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  constructor(limit: number) {
    this.#free = limit;
  }
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((go) => this.#waiting.push(go));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

function describe(error: unknown): ApiError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof SchemaError) return {kind: 'schema', found: error.found, message};
  if (error instanceof PayloadError || error instanceof SyntaxError) return {kind: 'malformed', message};
  if (error instanceof DOMException && error.name === 'AbortError') return {kind: 'aborted', message};
  return {kind: 'offline', message};
}

/** One per page. `base` is the address of the plugin's routes and ends in `/`. */
export class Client {
  readonly #gate = new Gate(MAX_IN_FLIGHT);

  constructor(
    private readonly base: string,
    private readonly fetcher: Fetch = (url, init) => fetch(url, init),
  ) {}

  /** Absolute address of a route, e.g. for a download link. */
  url(path: string, query: Query = {}): string {
    return new URL(address(path, query), this.base).href;
  }

  runs(signal: AbortSignal): Promise<Result<RunsPayload>> {
    return this.#json('runs', {}, decodeRuns, signal);
  }
  diagnosis(runs: readonly string[], signal: AbortSignal): Promise<Result<DiagnosisPayload>> {
    return this.#json('diagnosis', {run: runs}, decodeDiagnosis, signal);
  }
  variables(run: string, signal: AbortSignal): Promise<Result<VariablesPayload>> {
    return this.#json('variables', {run}, decodeVariables, signal);
  }
  statistics(signal: AbortSignal): Promise<Result<StatisticsPayload>> {
    return this.#json('statistics', {}, decodeStatistics, signal);
  }
  profile(run: string, statistic: string, step: number, rows: RowsQuery, signal: AbortSignal): Promise<Result<Profile>> {
    return this.#json('profile', {run, statistic, step, ...rows}, decodeProfile, signal);
  }
  optimizer(run: string, first: number | null, last: number | null, signal: AbortSignal): Promise<Result<OptimizerPayload>> {
    return this.#json('optimizer', {run, first, last}, decodeOptimizer, signal);
  }
  gradientCheck(run: string, signal: AbortSignal): Promise<Result<GradientCheckPayload>> {
    return this.#json('gradient_check', {run}, decodeGradientCheck, signal);
  }
  thresholds(finding: string, signal: AbortSignal): Promise<Result<ThresholdsPayload>> {
    return this.#json('thresholds', {finding}, decodeThresholds, signal);
  }
  comparison(baseline: string, run: string, signal: AbortSignal): Promise<Result<ComparisonPayload>> {
    return this.#json('comparison', {run: [baseline, run]}, decodeComparison, signal);
  }
  tile(query: TileQuery, signal: AbortSignal): Promise<Result<Tile>> {
    return this.#get('tile', {...query}, async (answer) => decodeTile(await answer.arrayBuffer()), signal);
  }
  lines({variables, ...query}: LinesQuery, signal: AbortSignal): Promise<Result<Lines>> {
    const decode = async (answer: Response): Promise<Lines> => decodeLines(await answer.arrayBuffer());
    return this.#get('lines', {...query, variable: variables}, decode, signal);
  }
  /** TensorBoard's own list of runs, in the order that gives them their colours. */
  tensorboardRuns(signal: AbortSignal): Promise<Result<readonly string[]>> {
    return this.#json('../../runs', {}, (json) => (Array.isArray(json) ? json.map(String) : []), signal);
  }
  /** What TensorBoard was started with. */
  environment(signal: AbortSignal): Promise<Result<{readonly data_location?: string}>> {
    return this.#json('../../environment', {}, (json) => json as {readonly data_location?: string}, signal);
  }

  #json<T>(path: string, query: Query, decode: (json: unknown) => T, signal: AbortSignal): Promise<Result<T>> {
    return this.#get(path, query, async (answer) => decode((await answer.json()) as unknown), signal);
  }

  #get<T>(path: string, query: Query, decode: (answer: Response) => Promise<T>, signal: AbortSignal): Promise<Result<T>> {
    return this.#gate.run(async () => {
      try {
        signal.throwIfAborted();
        const answer = await this.fetcher(this.url(path, query), {signal});
        if (answer.ok) return {ok: true, value: await decode(answer)};
        const message = (await answer.text()).trim().slice(0, 500) || answer.statusText;
        return {ok: false, error: {kind: 'http', status: answer.status, message}};
      } catch (error) {
        return {ok: false, error: describe(error)};
      }
    });
  }
}
