/** What views may ask the server for, as hooks. The key of each holds the run's token and every parameter. */
import {Client, type LinesQuery, type RowsQuery, type TileQuery} from '../api/client';
import type {ComparisonPayload, Diagnosis, GradientCheckPayload, Lines, OptimizerPayload, Profile, Result, Run, ThresholdsPayload, Tile, VariablesPayload} from '../api/types';
import {reloadTick} from './state';
import {useResources, type Request, type Resource} from './resource';

/** The page's client; the base is the frame's address, which carries any path prefix. */
export const client = new Client(typeof document === 'undefined' ? 'http://localhost/' : document.baseURI);

type Of<T> = Omit<T, 'run'>;

function key(kind: string, run: Run, query: unknown = null): string {
  return JSON.stringify([kind, run.run, run.token, query]);
}

/** The diagnosis of each run, in the order given. */
export function useDiagnoses(runs: readonly Run[]): readonly Resource<Diagnosis>[] {
  return useResources(runs.map(diagnosisRequest));
}

function diagnosisRequest(run: Run): Request<Diagnosis> {
  const load = async (signal: AbortSignal): Promise<Result<Diagnosis>> => {
    const answer = await client.diagnosis([run.run], signal);
    if (!answer.ok) return answer;
    const [found] = answer.value.runs;
    return found ? {ok: true, value: found} : {ok: false, error: {kind: 'malformed', message: `no diagnosis of ${run.run}`}};
  };
  return {key: key('diagnosis', run), slot: run.run, load};
}

/** The variables of each run, in order of depth, in the order of runs given. */
export function useVariables(runs: readonly Run[]): readonly Resource<VariablesPayload>[] {
  return useResources(
    runs.map((run) => ({key: key('variables', run), slot: run.run, load: (s: AbortSignal) => client.variables(run.run, s)})),
  );
}

/** The optimizer of each run in the steps that are visible. */
export function useOptimizers(runs: readonly Run[], [first, last]: readonly [number | null, number | null]): readonly Resource<OptimizerPayload>[] {
  return useResources(
    runs.map((run) => ({
      key: key('optimizer', run, [first, last]),
      slot: run.run,
      load: (signal: AbortSignal) => client.optimizer(run.run, first, last, signal),
    })),
  );
}

/** Each run against the baseline. */
export function useComparisons(baseline: Run, runs: readonly Run[]): readonly Resource<ComparisonPayload>[] {
  return useResources(
    runs.map((run) => ({
      key: key('comparison', run, [baseline.run, baseline.token]),
      slot: JSON.stringify([baseline.run, run.run]),
      load: (signal: AbortSignal) => client.comparison(baseline.run, run.run, signal),
    })),
  );
}

/** The thresholds of a finding as they are now; the file that sets them may change at any time. `null`: nothing is asked. */
export function useThresholds(finding: string | null): Resource<ThresholdsPayload> | undefined {
  const asked = finding === null ? [] : [finding];
  return useResources(asked.map((id) => ({
    key: JSON.stringify(['thresholds', id, reloadTick.value]),
    slot: id,
    load: (signal: AbortSignal) => client.thresholds(id, signal),
  })))[0];
}

/** The gradient check of each run. */
export function useGradientChecks(runs: readonly Run[]): readonly Resource<GradientCheckPayload>[] {
  return useResources(
    runs.map((run) => ({key: key('gradient_check', run), slot: run.run, load: (signal: AbortSignal) => client.gradientCheck(run.run, signal)})),
  );
}

/** The rows asked for, as part of a query: nothing of it where every variable is a row. */
function rowsOf({level, toggled}: Required<RowsQuery>): RowsQuery {
  return level === 'variables' && toggled.length === 0 ? {} : {level, toggled};
}

/** A heatmap of each run. */
export function useTiles(runs: readonly Run[], {level = 'variables', toggled = [], ...rest}: Of<TileQuery>): readonly Resource<Tile>[] {
  const query = {...rest, ...rowsOf({level, toggled})};
  return useResources(
    runs.map((run) => ({
      key: key('tile', run, query),
      slot: run.run,
      load: (signal: AbortSignal) => client.tile({...query, run: run.run}, signal),
    })),
  );
}

/** Lines of one statistic, of other variables in each run. The slot is the run with what is asked of it. */
export function useRunLines(
  asked: readonly {readonly run: Run; readonly variables: readonly string[]}[],
  query: Omit<LinesQuery, 'run' | 'variables'>,
): readonly Resource<Lines>[] {
  return useResources(
    asked.map(({run, variables}) => ({
      key: key('lines', run, {...query, variables}),
      slot: JSON.stringify([run.run, query.statistic, variables]),
      load: (signal: AbortSignal) => client.lines({...query, variables, run: run.run}, signal),
    })),
  );
}

/** Lines of several statistics of one run, in the order given. */
export function useLinesOf(run: Run, queries: readonly Of<LinesQuery>[]): readonly Resource<Lines>[] {
  return useResources(
    queries.map((query) => ({
      key: key('lines', run, query),
      slot: query.statistic,
      load: (signal: AbortSignal) => client.lines({...query, run: run.run}, signal),
    })),
  );
}

/** A statistic of every variable at one step of each run; `null` step: nothing is asked. */
export function useProfiles(runs: readonly Run[], statistic: string, step: number | null, tree: Required<RowsQuery>): readonly Resource<Profile>[] {
  const asked = step === null ? [] : runs;
  const rows = rowsOf(tree);
  return useResources(
    asked.map((run) => ({
      key: key('profile', run, [statistic, step, rows]),
      slot: run.run,
      load: (signal: AbortSignal) => client.profile(run.run, statistic, step ?? 0, rows, signal),
    })),
  );
}
