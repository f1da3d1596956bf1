/** Gradient check: each variable's gradient against the tape's own, and the loss against what the gradients promise. */

import {useMemo} from 'preact/hooks';
import type {Compared, Finding, GradientCheckPayload, GradientVerdict, Run} from '../api/types';
import {chartStyles} from '../chart/styles';
import {formatCount, formatNumber} from '../format/numbers';
import {selectedVariables} from '../store/state';
import {useDiagnoses, useGradientChecks} from '../store/queries';
import type {Resource} from '../store/resource';
import {statistics} from '../store/state';
import {Code} from './copy';
import {checkHeadline, passiveText, worstFirst} from './gradient_words';
import {Icon, type IconName} from './icons';
import {RunLegend} from './run_legend';
import {RunChip, RunName} from './run_row';
import {Spoken, type Tone} from './severity';
import {StatisticChart} from './statistic_chart';
import {useMarks} from './use_marks';
import type {ViewProps} from './view_props';

chartStyles();

const HEIGHT = 220;
/** More rows than these are for a file; those that are wrong come first. */
const MOST_ROWS = 200;

export function Gradients({runs}: ViewProps) {
  const answers = useGradientChecks(runs);
  const findings = useDiagnoses(runs).map((d) => d.value?.findings.find((f) => f.id === 'wrong-gradient') ?? null);
  const perRun = useMarks(runs);
  const marks = useMemo(() => perRun.flat(), [perRun]);
  const compared = answers.some((a) => a.value?.variables.some((v) => v.steps > 0));
  const told = answers.some((a) => a.value && a.value.passive.factor !== null); // of minibatches it is a hedge of noise
  const charts = [told && 'loss_change_ratio', compared && 'reference_cosine'].flatMap((name) => statistics.value.find((s) => s.name === name) ?? []);
  const waiting = answers.some((a) => a.loading);
  return (
    <div class="dynamics">
      <div class="optimizer-cards">
        {runs.map((run, i) => <CheckCard key={run.run} run={run} answer={answers[i]} finding={findings[i] ?? null} />)}
      </div>
      {!compared && !waiting && <HowTo />}
      {charts.length > 0 && <RunLegend runs={runs} />}
      <div class="chart-grid">
        {charts.map((s) => (
          <StatisticChart key={s.name} runs={runs} statistic={s} title={s.title} marks={marks} height={HEIGHT} />
        ))}
      </div>
    </div>
  );
}

interface Card {
  readonly run: Run;
  readonly answer: Resource<GradientCheckPayload> | undefined;
  /** What the diagnosis says of the gradient, from whatever it saw. */
  readonly finding: Finding | null;
}

function CheckCard({run, answer, finding}: Card) {
  const found = answer?.value;
  return (
    <section class="chart-card optimizer" aria-label={`Gradient check of ${run.run}`}>
      <header>
        <RunChip run={run.run} />
        <h2 title={run.run}><RunName name={run.run} /></h2>
      </header>
      {found ? <Found run={run} found={found} finding={finding} /> : <p class="chart-empty" role="status">{answer?.error ? answer.error.message : 'Loading…'}</p>}
    </section>
  );
}

function Found({run, found, finding}: {readonly run: Run; readonly found: GradientCheckPayload; readonly finding: Finding | null}) {
  const compared = found.variables.some((v) => v.steps > 0);
  return (
    <>
      <p class="optimizer-headline"><Spoken {...checkHeadline(found, finding)} /></p>
      <p class="sub"><b>By the loss:</b> {passiveText(found.passive)}</p>
      {compared ? <Table run={run} variables={found.variables} /> : <p class="sub"><b>By the tape:</b> not compared: the gradients that were logged are the tape’s own, or the tape was used up.</p>}
    </>
  );
}

const MARKS: Readonly<Record<GradientVerdict, readonly [Tone, IconName]>> = {
  right: ['ok', 'ok'],
  scaled: ['error', 'error'],
  'opposite sign': ['error', 'error'],
  'wrong direction': ['error', 'error'],
  'not compared': ['info', 'info'],
  'not steady': ['info', 'info'],
};

function Table({run, variables}: {readonly run: Run; readonly variables: readonly Compared[]}) {
  const rows = worstFirst(variables).slice(0, MOST_ROWS);
  return (
    <div class="gradient-table" role="region" tabIndex={0} aria-label={`Gradient of every variable, ${run.run}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">variable</th>
            <th scope="col" title="⟨g, r⟩ / ⟨r, r⟩: 1 is right">factor</th>
            <th scope="col" title="Of the angle to the tape's own gradient: 1 is the same direction">cosine</th>
            <th scope="col" title="Share of the gradient that no factor explains: 0 is none">residual</th>
            <th scope="col">steps</th>
            <th scope="col">verdict</th>
          </tr>
        </thead>
        <tbody>{rows.map((v) => <Row key={v.variable} {...v} />)}</tbody>
      </table>
      {variables.length > rows.length && <p class="sub">The first {formatCount(rows.length)} of {formatCount(variables.length)} variables, the worst first.</p>}
    </div>
  );
}

function Row({variable, factor, cosine, residual, steps, verdict}: Compared) {
  const [tone, icon] = MARKS[verdict];
  return (
    <tr data-verdict={tone === 'error' ? 'wrong' : 'fine'}>
      <th scope="row"><button type="button" class="chip" title={`Pick out ${variable} in every view`} onClick={() => (selectedVariables.value = [variable])}>{variable}</button></th>
      <td class="tabular">{formatNumber(factor)}</td>
      <td class="tabular">{formatNumber(cosine)}</td>
      <td class="tabular">{formatNumber(residual)}</td>
      <td class="tabular">{formatCount(steps)}</td>
      <td><span class={`mark tone-${tone}`}><Icon name={icon} />{verdict}</span></td>
    </tr>
  );
}

const COMPARED = `# a gradient made by hand, beside a tape that has not been used:
with tf.GradientTape() as tape:
    loss = loss_fn(y, model(x, training=True))
grads = my_gradients(x, y)
optimizer.apply_gradients(zip(grads, model.trainable_variables))
tb_convergence.log_step(tape, grads, variables=model.trainable_variables, loss=loss)`;

function HowTo() {
  return (
    <section class="chart-card">
      <h2>Compare a gradient made by hand with the tape’s own</h2>
      <p class="sub">Pass the tape unused: every step then records both, and this page shows factor, cosine and residual of each variable.</p>
      <Code text={COMPARED} />
      <p class="sub">Or check once, outside of training, against finite differences: <code>tb_convergence.check_gradients</code>.</p>
    </section>
  );
}
