/** The runs: which are shown, in which colour, and against which they are compared. */
import type {JSX} from 'preact';
import {valid} from '../format/regex';
import {formatCount} from '../format/numbers';
import {toggleAll} from '../store/actions';
import {activeRuns, matchingRuns, MAX_SHOWN, phase, runFilter, runs, selectedRuns, sidebarOpen, sidebarWidth} from '../store/state';
import {Icon} from './icons';
import {RunRow, ROW_HEIGHT} from './run_row';
import {Windowed} from './windowed';

export function RunList(): JSX.Element {
  return (
    <aside class="sidebar" aria-label="Runs">
      <div class="sidebar-head">
        <h2>Runs</h2>
        <span class="sub tabular">{runs.value.length > 0 && count()}</span>
        <button type="button" class="button quiet narrow-only" aria-label="Close the run list" onClick={() => (sidebarOpen.value = false)}>
          <Icon name="close" />
        </button>
      </div>
      {runs.value.length > 0 ? <Rows /> : phase.value === 'ready' && <p class="sidebar-empty">None yet.</p>}
      <Grip />
    </aside>
  );
}

function Rows(): JSX.Element {
  return (
    <>
      <Filter />
      <ToggleAll />
      <Windowed items={matchingRuns.value} rowHeight={ROW_HEIGHT} keyOf={(r) => r.run} label="Runs">
        {(run) => <RunRow run={run} />}
      </Windowed>
      {activeRuns.value.length > MAX_SHOWN && (
        <p class="sidebar-note">
          The first {MAX_SHOWN} of the {formatCount(activeRuns.value.length)} selected runs are shown.
        </p>
      )}
    </>
  );
}

/** `3 of 12`, or `2 match of 12` while a filter holds. */
function count(): string {
  const [all, match] = [runs.value.length, matchingRuns.value.length];
  return runFilter.value === '' ? `${activeRuns.value.length} of ${formatCount(all)}` : `${formatCount(match)} of ${formatCount(all)} match`;
}

function Filter(): JSX.Element {
  const wrong = !valid(runFilter.value);
  return (
    <div class="filter">
      <input
        id="run-filter"
        type="search"
        placeholder="Filter runs (regex)"
        aria-label="Filter runs by regular expression"
        aria-invalid={wrong}
        spellcheck={false}
        value={runFilter.value}
        onInput={(e) => (runFilter.value = e.currentTarget.value)}
      />
      {wrong && <p class="tone-error" role="status">Not a regular expression: it matches nothing.</p>}
    </div>
  );
}

function ToggleAll(): JSX.Element {
  const names = matchingRuns.value.map((r) => r.run);
  const ticked = names.filter((n) => selectedRuns.value.has(n)).length;
  const some = ticked > 0 && ticked < names.length;
  return (
    <label class="run-all">
      <input
        type="checkbox"
        checked={names.length > 0 && ticked === names.length}
        disabled={names.length === 0}
        ref={(box) => {
          if (box) box.indeterminate = some;
        }}
        onChange={toggleAll}
      />
      {runFilter.value === '' ? 'All runs' : 'All that match'}
    </label>
  );
}

const [NARROWEST, WIDEST, KEY_STEP] = [200, 480, 16];

function resize(width: number): void {
  sidebarWidth.value = Math.round(Math.min(WIDEST, Math.max(NARROWEST, width)));
}

/** The edge that is dragged, or moved with the arrow keys. */
function Grip(): JSX.Element {
  return (
    <div
      class="grip"
      role="separator"
      aria-label="Width of the run list"
      aria-orientation="vertical"
      aria-valuenow={sidebarWidth.value}
      aria-valuemin={NARROWEST}
      aria-valuemax={WIDEST}
      tabIndex={0}
      onKeyDown={(e) => {
        if (e.key === 'ArrowLeft') resize(sidebarWidth.value - KEY_STEP);
        if (e.key === 'ArrowRight') resize(sidebarWidth.value + KEY_STEP);
      }}
      onPointerDown={(e) => e.currentTarget.setPointerCapture(e.pointerId)}
      onPointerMove={(e) => e.currentTarget.hasPointerCapture(e.pointerId) && resize(e.clientX)}
    />
  );
}
