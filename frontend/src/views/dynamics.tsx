/** Dynamics: how a run moves, in small charts that share their axis, crosshair and zoom. */

import {useMemo} from 'preact/hooks';
import type {Run, Statistic} from '../api/types';
import {chartStyles} from '../chart/styles';
import {isNamed} from '../chart/rows';
import {useVariables} from '../store/queries';
import {dynamicsVariable, statistics} from '../store/state';
import {DynamicsToolbar} from './dynamics_toolbar';
import {alignRows} from './layers_rows';
import {RunLegend} from './run_legend';
import {Skeleton} from './skeleton';
import {StatisticChart} from './statistic_chart';
import {Unrecorded, useUnrecorded} from './unrecorded';
import {useMarks} from './use_marks';
import type {ViewProps} from './view_props';

chartStyles();

const HEIGHT = 190;

/** What is shown, in the order in which a person asks: does it learn, how far does it go, does it ring. */
const CHARTS = [
  'loss',
  'gradient_norm',
  'update_ratio',
  'update_norm',
  'weight_norm',
  'cosine_update_previous_update',
  'overshoot',
  'multiplier',
  'learning_rate',
  'effective_learning_rate',
  'effective_momentum',
  'stability_number',
  'loss_change_ratio',
] as const;

export function Dynamics({runs}: ViewProps) {
  const {rows, names, recorded} = useRows(runs);
  const variable = dynamicsVariable.value;
  const row = rows.find((r) => variable !== null && isNamed(r, variable)) ?? null;
  const known = statistics.value;
  const charts = useMemo(() => chartsOf(known, row !== null, recorded), [known, row, recorded]);
  const perRun = useMarks(runs);
  const marks = useMemo(() => perRun.flat(), [perRun]);
  const unrecorded = useUnrecorded();
  const ofRow = useMemo(() => row && names.map((of) => [row.name, ...row.aliases].find((n) => of.has(n)) ?? null), [row, names]);
  if (known.length === 0) return <Skeleton label="Loading statistics" />;
  return (
    <div class="dynamics">
      <DynamicsToolbar rows={rows} variable={row?.name ?? null} onVariable={(name) => (dynamicsVariable.value = name)} />
      <RunLegend runs={runs} />
      <div class="chart-grid">
        {charts.map((statistic) => (
          <StatisticChart
            key={statistic.name}
            runs={runs}
            statistic={statistic}
            {...(ofRow && statistic.scope === 'variable' ? {variables: ofRow} : {})}
            title={statistic.title}
            marks={marks}
            height={HEIGHT}
            onRecorded={unrecorded.report}
          />
        ))}
      </div>
      <Unrecorded statistics={charts.filter((c) => unrecorded.names.has(c.name))} />
    </div>
  );
}

/** The charts whose statistics the server knows, and of the optional ones those that a run has; of one variable only those that a variable has. */
function chartsOf(known: readonly Statistic[], ofVariable: boolean, recorded: ReadonlySet<string>): readonly Statistic[] {
  const byName = new Map(known.map((s) => [s.name, s]));
  const always = CHARTS.flatMap((name) => byName.get(name) ?? []);
  if (ofVariable) return always.filter((s) => s.scope === 'variable' || s.name === 'loss');
  const [loss, ...others] = always;
  const metrics = [...recorded].filter((name) => name.startsWith(METRIC)).map(metricOf);
  const optional = [...recorded].flatMap((name) => (CHARTS.some((c) => c === name) ? [] : (byName.get(name) ?? [])));
  return [...(loss ? [loss] : []), ...metrics, ...others, ...optional];
}

const METRIC = 'metric/';

/** A number that the caller gave: nothing is known of it but its name. */
function metricOf(name: string): Statistic {
  const own = name.slice(METRIC.length);
  return {name, title: own, scope: 'step', scale: 'linear', low: null, high: null, band: null, unit: '', formula: own, meaning: 'Given to log_step in metrics=.', reading: 'What it says is your own.'};
}

/** The variables of all runs, for each run which it has, and what any of them recorded of a whole step. */
function useRows(runs: readonly Run[]) {
  const values = useVariables(runs).map((v) => v.value);
  return useMemo(() => {
    const lists = values.map((v) => v?.variables.map((variable) => variable.name) ?? []);
    return {rows: alignRows(lists), names: lists.map((l) => new Set(l)), recorded: new Set(values.flatMap((v) => v?.step_statistics ?? []))};
  }, values);
}
