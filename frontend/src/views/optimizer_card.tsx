/** One run's optimizer: what it is, what was configured, how near its steps are to the edge. */

import type {Finding, OptimizerPayload, Run, Setting} from '../api/types';
import {formatNumber} from '../format/numbers';
import type {Resource} from '../store/resource';
import {Icon} from './icons';
import {familyOf, headline, largestTold, provenance, settingName, worthARow} from './optimizer_words';
import {RunChip, RunName} from './run_row';
import {Spoken} from './severity';
import {WhatIf} from './what_if';

interface Props {
  readonly run: Run;
  readonly answer: Resource<OptimizerPayload> | undefined;
  /** What the diagnosis says of a learning rate beyond its limit; null: nothing. */
  readonly finding: Finding | null;
}

export function OptimizerCard({run, answer, finding}: Props) {
  const found = answer?.value;
  return (
    <section class="chart-card optimizer" aria-label={`Optimizer of ${run.run}`}>
      <header>
        <RunChip run={run.run} />
        <h2 title={run.run}><RunName name={run.run} /></h2>
        {found && <span class="tag optimizer-family">{familyOf(found)}</span>}
      </header>
      {found ? <Found run={run} found={found} finding={finding} /> : <p class="chart-empty" role="status">{answer?.error ? answer.error.message : 'Loading…'}</p>}
    </section>
  );
}

function Found({run, found, finding}: {readonly run: Run; readonly found: OptimizerPayload; readonly finding: Finding | null}) {
  const {stability} = found;
  const settings = worthARow(found.settings);
  return (
    <>
      <p class="optimizer-headline"><Spoken {...headline(found, finding)} /></p>
      {stability && <WhatIf run={run.run} stability={stability} told={stability.noisy ? largestTold(finding) : null} />}
      {settings.length > 0 && <Settings settings={settings} />}
      <p class="sub">{stability ? provenance(stability) : found.reason}</p>
    </>
  );
}

function Settings({settings}: {readonly settings: readonly Setting[]}) {
  return (
    <table class="settings">
      <thead>
        <tr><th scope="col">Setting</th><th scope="col">configured</th><th scope="col">in the updates</th></tr>
      </thead>
      <tbody>{settings.map((s) => <SettingRow key={s.name} setting={s} />)}</tbody>
    </table>
  );
}

function SettingRow({setting}: {readonly setting: Setting}) {
  const {configured, identified, agrees} = setting;
  return (
    <tr data-agrees={agrees}>
      <th scope="row">{settingName(setting)}</th>
      <td class="tabular">{configured === null ? <span class="sub">unknown</span> : formatNumber(configured)}</td>
      <td class="tabular">
        {identified === null ? <span class="sub">not identified</span> : formatNumber(identified)}
        {agrees !== null && <span class={agrees ? 'tone-ok' : 'tone-warning'} title={agrees ? 'as configured' : 'not as configured'}><Icon name={agrees ? 'ok' : 'warning'} /><span class="offscreen">{agrees ? 'as configured' : 'not as configured'}</span></span>}
      </td>
    </tr>
  );
}
