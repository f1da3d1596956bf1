/** What was looked for and not found, told apart from what could not be judged. */
import type {JSX} from 'preact';
import type {Diagnosis, NotFound} from '../api/types';
import {Icon, type IconName} from './icons';
import {sentenceCase} from './finding';

export function Checked({diagnosis}: {readonly diagnosis: Diagnosis}): JSX.Element | null {
  const {clear, not_applicable, not_enough_evidence} = diagnosis;
  if (clear.length + not_applicable.length + not_enough_evidence.length === 0) return null;
  return (
    <details class="checked">
      <summary>
        <Icon name="chevron" />
        <span>
          What else was checked: <b>{clear.length} clear</b>
          {not_enough_evidence.length > 0 && `, ${not_enough_evidence.length} undecided`}
          {not_applicable.length > 0 && `, ${not_applicable.length} not applicable`}
        </span>
      </summary>
      <Group title="Clear" icon="ok" tone="ok" items={clear.map((id) => ({id, reason: ''}))} />
      <Group title="Not enough evidence" icon="wait" tone="warning" items={not_enough_evidence} />
      <Group title="Not applicable" icon="info" tone="info" items={not_applicable} />
    </details>
  );
}

interface GroupProps {
  readonly title: string;
  readonly icon: IconName;
  readonly tone: 'ok' | 'warning' | 'info';
  readonly items: readonly NotFound[];
}

function Group({title, icon, tone, items}: GroupProps): JSX.Element | null {
  if (items.length === 0) return null;
  return (
    <section class="checked-group">
      <h4 class={`tone-${tone}`}>
        <Icon name={icon} />
        {title}
      </h4>
      <ul data-reasons={items.some((i) => i.reason)}>
        {items.map(({id, reason}) => (
          <li key={id}>
            {sentenceCase(id)}
            {reason && <span class="sub">: {reason}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
