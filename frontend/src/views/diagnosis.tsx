/** Why the runs do not converge: one column a run, the verdict on top, the causes in order below. */
import type {JSX} from 'preact';
import {useEffect} from 'preact/hooks';
import type {ApiError, Diagnosis, Run} from '../api/types';
import {counted, formatCount} from '../format/numbers';
import {unbroken} from '../format/prose';
import {heard, unmute} from '../store/actions';
import {client, useDiagnoses} from '../store/queries';
import type {Resource} from '../store/resource';
import {refresh} from '../store/reloading';
import {publishOutcomes} from '../store/outcomes';
import {baseline} from '../store/state';
import {chain, type Link} from './chain';
import {Checked} from './checked';
import {FindingCard} from './finding';
import {Icon} from './icons';
import {RunChip, RunName} from './run_row';
import {OutcomeBadge} from './severity';
import {Skeleton} from './skeleton';
import {Timeline} from './timeline';

export function DiagnosisView({runs}: {readonly runs: readonly Run[]}): JSX.Element {
  const found = useDiagnoses(runs);
  const known = found.map((f) => f.value);
  useEffect(() => publishOutcomes(runs.flatMap((run, i) => (known[i] ? [[run, known[i]] as const] : []))), known);
  return (
    <div class="columns" data-count={runs.length} style={{'--count': runs.length}}>
      {runs.map((run, i) => (
        <Column key={run.run} run={run} found={found[i]!} />
      ))}
    </div>
  );
}

function Column({run, found}: {readonly run: Run; readonly found: Resource<Diagnosis>}): JSX.Element {
  const diagnosis = found.value;
  return (
    <article class="column" aria-label={`Diagnosis of ${run.run}`} aria-busy={found.loading}>
      <header class="column-head">
        <h2>
          <RunChip run={run.run} />
          <RunName name={run.run} />
        </h2>
        {baseline.value === run.run && <span class="tag">baseline</span>}
        {diagnosis && <OutcomeBadge outcome={diagnosis.outcome} />}
      </header>
      {diagnosis ? <Body run={run} diagnosis={diagnosis} /> : found.error ? <Failed error={found.error} /> : <Skeleton label={`Loading the diagnosis of ${run.run}`} />}
    </article>
  );
}

function Failed({error}: {readonly error: ApiError}): JSX.Element {
  return (
    <p class="inline-error tone-error" role="alert">
      <Icon name="error" />
      <span>This diagnosis could not be loaded: {error.message}</span>
      <button type="button" class="button small" onClick={() => void refresh()}>
        Try again
      </button>
    </p>
  );
}

function Body({run, diagnosis}: {readonly run: Run; readonly diagnosis: Diagnosis}): JSX.Element {
  const findings = heard(run.run, diagnosis.findings);
  const causes = chain(findings);
  const silent = diagnosis.findings.length - findings.length;
  return (
    <>
      <div class="summary">
        <p class="verdict">{unbroken(diagnosis.verdict)}</p>
        <Notes diagnosis={diagnosis} />
        <Timeline run={run} diagnosis={diagnosis} />
      </div>
      <div class="causes">
        {diagnosis.findings.length === 0 && <NothingFound diagnosis={diagnosis} />}
        <ol class="chain">
          {causes.map((link, i) => (
            <Cause key={link.finding.id} link={link} run={run} open={i === 0} said={diagnosis.verdict} />
          ))}
        </ol>
        {silent > 0 && <Muted run={run.run} count={silent} />}
        <Foot run={run} diagnosis={diagnosis} />
      </div>
    </>
  );
}

function Muted({run, count}: {readonly run: string; readonly count: number}): JSX.Element {
  return (
    <p class="muted sub" role="status">
      <span>{counted(count, 'finding')} muted</span>
      <button type="button" class="button small" onClick={() => unmute(run)}>
        Show again
      </button>
    </p>
  );
}

function Foot({run, diagnosis}: {readonly run: Run; readonly diagnosis: Diagnosis}): JSX.Element {
  return (
    <footer class="column-foot">
      <Checked diagnosis={diagnosis} />
      <p class="sub facts">
        <span>
          {counted(diagnosis.steps.recorded, 'step')} of {counted(run.variables, 'variable')} recorded
        </span>
        <a href={client.url('report', {run: run.run})} download>
          <Icon name="download" /> Report as Markdown
        </a>
      </p>
    </footer>
  );
}

function Cause({link, run, open, said = ''}: {readonly link: Link; readonly run: Run; readonly open: boolean; readonly said?: string}): JSX.Element {
  return (
    <li>
      <FindingCard finding={link.finding} run={run} open={open} said={said} />
      {link.consequences.length > 0 && (
        <div class="led-to">
          <p class="led-to-title">
            <Icon name="branch" /> which led to <span class="sub">– mend the cause first</span>
          </p>
          <ol class="chain">
            {link.consequences.map((next) => (
              <Cause key={next.finding.id} link={next} run={run} open={false} />
            ))}
          </ol>
        </div>
      )}
    </li>
  );
}

function NothingFound({diagnosis}: {readonly diagnosis: Diagnosis}): JSX.Element {
  const checks = diagnosis.clear.length;
  const open = diagnosis.not_enough_evidence.length;
  const early = open > checks;
  return (
    <section class="card nothing">
      <h3>{checks === 0 ? 'Nothing could be judged yet' : early ? 'Nothing wrong so far' : 'Nothing wrong was found'}</h3>
      <p class="sub">
        {checks > 0
          ? `${counted(checks, 'check')} looked at this run and came out clear${early ? `; ${formatCount(open)} more need more than was recorded so far` : ''}.`
          : 'Every check needs more steps than were recorded so far.'}
      </p>
    </section>
  );
}

function Notes({diagnosis}: {readonly diagnosis: Diagnosis}): JSX.Element | null {
  const single = diagnosis.steps.recorded === 1 ? [{severity: 'info' as const, text: 'Only one step was recorded so far; most checks compare steps.'}] : [];
  const notes = [...single, ...diagnosis.notes];
  if (notes.length === 0) return null;
  return (
    <ul class="notes">
      {notes.map((note) => (
        <li key={note.text} class={`note tone-${note.severity}`}>
          <Icon name={note.severity} />
          <span>{note.text}</span>
        </li>
      ))}
    </ul>
  );
}
