/** Chooses a statistic, and says what it is when asked. */

import {useState} from 'preact/hooks';
import type {Statistic} from '../api/types';
import {formatNumber} from '../format/numbers';
import {Icon} from './icons';
import {groupStatistics} from './statistic_style';

interface Props {
  readonly statistics: readonly Statistic[];
  readonly value: Statistic;
  readonly onChange: (name: string) => void;
}

export function StatisticPicker({statistics, value, onChange}: Props) {
  const [open, setOpen] = useState(false);
  return (
    <span class="picker" onKeyDown={(e) => e.key === 'Escape' && setOpen(false)}>
      <label class="field">
        <span>Statistic</span>
        <select value={value.name} onChange={(e) => onChange(e.currentTarget.value)}>
          {groupStatistics(statistics).map((group) => (
            <optgroup key={group.title} label={group.title}>
              {group.statistics.map((s) => <option key={s.name} value={s.name}>{s.title}</option>)}
            </optgroup>
          ))}
        </select>
      </label>
      <button type="button" class="button quiet small" aria-expanded={open} aria-label={`What is ${value.title}?`} title="What is this?" onClick={() => setOpen(!open)}>
        <Icon name="info" />
      </button>
      {open && <Definition statistic={value} />}
    </span>
  );
}

/** Formula, meaning and how to read it. */
export function Definition({statistic}: {readonly statistic: Statistic}) {
  const {formula, meaning, reading, band, unit} = statistic;
  return (
    <div class="definition" role="note">
      {formula && <code>{formula}</code>}
      <p>{meaning}</p>
      <p class="sub">{reading}</p>
      {unit && <p class="sub">Unit: {unit}.</p>}
      {band && band[0] !== band[1] && <p class="sub">Usual in healthy runs: {formatNumber(band[0])} to {formatNumber(band[1])}.</p>}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, text: string])[];
  readonly onChange: (value: T) => void;
}

/** A few exclusive options, all visible. */
export function Choice<T extends string>({label, value, options, onChange}: ChoiceProps<T>) {
  return (
    <div class="field" role="group" aria-label={label}>
      <span aria-hidden="true">{label}</span>
      <div class="segments">
        {options.map(([option, text]) => (
          <button key={option} type="button" aria-pressed={option === value} onClick={() => onChange(option)}>{text}</button>
        ))}
      </div>
    </div>
  );
}
