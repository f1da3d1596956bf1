/** Optimizer: what the updates show of it, against what was configured and against the limit of stability. */

import {useMemo} from 'preact/hooks';
import type {OptimizerPayload, Run, Statistic} from '../api/types';
import type {Band} from '../chart/lines_draw';
import {chartStyles} from '../chart/styles';
import {useDiagnoses, useOptimizers} from '../store/queries';
import type {Resource} from '../store/resource';
import {statistics, zoom} from '../store/state';
import {OptimizerCard} from './optimizer_card';
import {rateFinding} from './optimizer_words';
import {RunLegend} from './run_legend';
import {Skeleton} from './skeleton';
import {StatisticChart, type Companion} from './statistic_chart';
import {stabilityBands} from './statistic_style';
import {Unrecorded, useUnrecorded} from './unrecorded';
import {useMarks} from './use_marks';
import type {ViewProps} from './view_props';

chartStyles();

const HEIGHT = 220;

/** What is plotted, and the statistic it is held against. */
const CHARTS: readonly (readonly [name: string, against: string | null, label: string])[] = [
  ['stability_number', 'stability_limit', 'limit'],
  ['effective_learning_rate', 'learning_rate', 'as set'],
  ['effective_momentum', null, ''],
  ['step_gain', null, ''],
  ['step_landing', null, ''],
];

export function OptimizerView({runs}: ViewProps) {
  const answers = useOptimizers(runs, zoom.value ?? [null, null]);
  const findings = useDiagnoses(runs).map((d) => (zoom.value ? null : rateFinding(d.value?.findings ?? []))); // it is of the whole run
  const known = statistics.value;
  const perRun = useMarks(runs);
  const marks = useMemo(() => perRun.flat(), [perRun]);
  const unrecorded = useUnrecorded();
  const bands = useSharedRegions(answers);
  const charts = useMemo(() => chartsOf(known), [known]);
  if (known.length === 0) return <Skeleton label="Loading statistics" />;
  return (
    <div class="dynamics">
      <div class="optimizer-cards" data-count={runs.length}>
        {runs.map((run, i) => <OptimizerCard key={run.run} run={run} answer={answers[i]} finding={findings[i] ?? null} />)}
      </div>
      <RunLegend runs={runs} />
      <div class="chart-grid">
        {charts.map(({statistic, against}) => (
          <StatisticChart
            key={statistic.name}
            runs={runs}
            statistic={statistic}
            title={statistic.title}
            marks={marks}
            height={HEIGHT}
            onRecorded={unrecorded.report}
            {...(against ? {against} : {})}
            {...(statistic.name === 'stability_number' ? {bands} : {})}
            {...(statistic.name === 'effective_momentum' ? {levels: momenta(runs, answers)} : {})}
          />
        ))}
      </div>
      <Unrecorded statistics={charts.map((c) => c.statistic).filter((s) => unrecorded.names.has(s.name))} />
    </div>
  );
}

function chartsOf(known: readonly Statistic[]): readonly {readonly statistic: Statistic; readonly against: Companion | null}[] {
  const byName = new Map(known.map((s) => [s.name, s]));
  return CHARTS.flatMap(([name, other, label]) => {
    const statistic = byName.get(name);
    const against = other === null ? undefined : byName.get(other);
    return statistic ? [{statistic, against: against ? {statistic: against, label} : null}] : [];
  });
}

/** Regions shaded behind the stability number, where all runs share them: those of the one limit. */
function useSharedRegions(answers: readonly Resource<OptimizerPayload>[]): readonly Band[] {
  const values = answers.map((a) => a.value);
  return useMemo(() => {
    const found = values.flatMap((v) => (v?.stability ? [v.stability] : []));
    const [first] = found;
    const shared = first && found.every((s) => JSON.stringify(s.regions) === JSON.stringify(first.regions));
    return shared ? stabilityBands(first.regions) : [];
  }, values);
}

/** The momentum that each run was configured with. */
function momenta(runs: readonly Run[], answers: readonly Resource<OptimizerPayload>[]): ReadonlyMap<string, number> {
  return new Map(
    runs.flatMap(({run}, i) => {
      const configured = answers[i]?.value?.settings.find((s) => s.name === 'momentum')?.configured;
      return typeof configured === 'number' ? [[run, configured] as const] : [];
    }),
  );
}
