/** One run in the list. */
import type {JSX} from 'preact';
import type {Run} from '../api/types';
import {formatCount} from '../format/numbers';
import {onlyRun, toggleBaseline, toggleRun} from '../store/actions';
import {runStyles} from '../store/run_style';
import {baseline, outcomes, selectedRuns} from '../store/state';
import {Icon} from './icons';
import {OutcomeIcon} from './severity';

/** CSS pixels. */
export const ROW_HEIGHT = 44;

/** The line a run is drawn with, as a swatch: colour and dash pattern. */
export function RunChip({run}: {readonly run: string}): JSX.Element {
  const style = runStyles.value.get(run);
  return (
    <svg class="run-chip" width="20" height="12" viewBox="0 0 20 12" aria-hidden="true">
      <line x1="1" x2="19" y1="6" y2="6" stroke={style?.color ?? 'currentColor'} stroke-dasharray={style?.dash.join(' ') ?? ''} />
    </svg>
  );
}

/** A name whose last part stays readable when there is no room: the folders before it give way first. */
export function RunName({name}: {readonly name: string}): JSX.Element {
  const cut = name.lastIndexOf('/') + 1;
  return (
    <span class="run-name" title={name}>
      {cut > 0 && <span class="run-folder">{name.slice(0, cut)}</span>}
      <span class="run-leaf">{name.slice(cut)}</span>
    </span>
  );
}

function steps(run: Run): string {
  return run.steps.last === null ? 'no steps yet' : `step ${formatCount(run.steps.last)}`;
}

export function RunRow({run}: {readonly run: Run}): JSX.Element {
  const name = run.run;
  const isBaseline = baseline.value === name;
  const outcome = outcomes.value.get(name);
  return (
    <div class="run-row" data-baseline={isBaseline}>
      <label>
        <input type="checkbox" checked={selectedRuns.value.has(name)} onChange={() => toggleRun(name)} />
        <RunChip run={name} />
        <span class="run-text">
          <RunName name={name} />
          <span class="run-meta">
            {outcome && <OutcomeIcon outcome={outcome} />}
            <span>{outcome ? `${outcome} · ${steps(run)}` : steps(run)}</span>
          </span>
        </span>
      </label>
      <span class="run-actions">
        <button type="button" class="button quiet small" onClick={() => onlyRun(name)} aria-label={`Show only ${name}`} title="Show only this run">
          only
        </button>
        <button
          type="button"
          class="button quiet small"
          aria-pressed={isBaseline}
          aria-label={`Use ${name} as the baseline`}
          title={isBaseline ? 'Baseline: others are compared with it' : 'Use as the baseline'}
          onClick={() => toggleBaseline(name)}
        >
          <Icon name="pin" />
        </button>
      </span>
    </div>
  );
}
