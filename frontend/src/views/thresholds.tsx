/** The thresholds of a finding, and the settings that change them: the page writes no file, it hands over its text. */

import type {JSX} from 'preact';
import {useState} from 'preact/hooks';
import type {Threshold} from '../api/types';
import {tomlOf} from '../format/toml';
import {useThresholds} from '../store/queries';
import {Code} from './copy';
import {label} from '../format/evidence';

export function Thresholds({finding}: {readonly finding: string}): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <details
      class="thresholds part"
      onToggle={(e) => {
        e.stopPropagation(); // the card around it folds on its own
        setOpen(e.currentTarget.open);
      }}
    >
      <summary>Thresholds, and how to change them</summary>
      {open && <Editor finding={finding} />}
    </details>
  );
}

function Editor({finding}: {readonly finding: string}): JSX.Element {
  const found = useThresholds(finding);
  const [wanted, setWanted] = useState<Readonly<Record<string, number>>>({});
  if (found?.error) return <p class="sub" role="alert">The thresholds could not be loaded: {found.error.message}</p>;
  if (!found?.value) return <p class="sub" role="status">Loading…</p>;
  const {thresholds, file} = found.value;
  if (thresholds.length === 0) return <p class="sub">This check has no threshold: it is so or it is not.</p>;
  return (
    <>
      <ul class="threshold-list">
        {thresholds.map((t) => (
          <Row key={t.name} threshold={t} value={wanted[t.name] ?? t.value} onValue={(value) => setWanted({...wanted, [t.name]: value})} />
        ))}
      </ul>
      <p class="sub">Change a number, and save this as {file ? <code>{file}</code> : <code>tb_convergence.toml</code>}. The diagnosis follows it at the next reload, here and in the terminal.</p>
      <Code text={tomlOf(finding, thresholds, wanted)} />
    </>
  );
}

interface RowProps {
  readonly threshold: Threshold;
  readonly value: number;
  readonly onValue: (value: number) => void;
}

function Row({threshold, value, onValue}: RowProps): JSX.Element {
  const {name, meaning, default: usual} = threshold;
  return (
    <li>
      <label>
        <span class="threshold-name">{label(name)}</span>
        <input
          class="tabular"
          type="number"
          step="any"
          value={value}
          onInput={(e) => !Number.isNaN(e.currentTarget.valueAsNumber) && onValue(e.currentTarget.valueAsNumber)}
        />
      </label>
      <p class="sub">{meaning}{value !== usual && ` Usual: ${usual}.`}</p>
    </li>
  );
}
