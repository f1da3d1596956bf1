/** A short way round the page for the first visit: it asks first, covers nothing, and never comes back by itself. */

import {useEffect, useState} from 'preact/hooks';
import type {JSX} from 'preact';
import {openView} from '../store/actions';
import {phase, shownRuns, tour, toured, view, type View} from '../store/state';
import {Icon} from './icons';

interface Stop {
  readonly view: View;
  /** What is outlined, where it is on the page. */
  readonly target: string;
  readonly title: string;
  readonly text: string;
}

const STOPS: readonly Stop[] = [
  {view: 'diagnosis', target: '.verdict', title: 'What is wrong', text: 'One column a run. The sentence says how it went and why; below stand the causes, each with its numbers, what to change, and what it led to.'},
  {view: 'layers', target: '.layers-grid', title: 'Where', text: 'Every layer at every step, and the profile over depth. Drag to zoom, click a row to plot it. “Show me” in a diagnosis brings you here, to the step and the layers that it names.'},
  {view: 'optimizer', target: '.optimizer', title: 'How far from the edge', text: 'What the updates show of the optimizer, beside what was configured. Where the limit of stability is known, drag the slider to try another learning rate.'},
  {view: 'compare', target: '.sidebar', title: 'Against a run that works', text: 'Tick a second run, and set the flag of the one to compare with: Compare says where they part and what explains it.'},
];

export function Tour(): JSX.Element | null {
  const at = tour.value;
  const waiting = !toured.value && at === null && phase.value === 'ready' && shownRuns.value.length > 0;
  const stop = at === null ? undefined : STOPS[at];
  useOutline(stop);
  if (waiting) return <Invitation />;
  return stop && at !== null ? <Card stop={stop} at={at} /> : null;
}

function end(): void {
  tour.value = null;
  toured.value = true;
}

function go(to: number): void {
  const next = STOPS[to];
  if (!next) return end();
  openView(next.view);
  tour.value = to;
}

/** Begins at the first stop. */
export function startTour(): void {
  go(0);
}

function Invitation(): JSX.Element {
  return (
    <aside class="tour" aria-label="Tour">
      <p><b>New here?</b> Four stops show what this page tells you.</p>
      <div class="tour-buttons">
        <button type="button" class="button small" onClick={end}>No, thanks</button>
        <button type="button" class="button small primary" onClick={startTour}>Show me round</button>
      </div>
    </aside>
  );
}

function Card({stop, at}: {readonly stop: Stop; readonly at: number}): JSX.Element {
  const last = at === STOPS.length - 1;
  return (
    <aside class="tour" aria-label="Tour" aria-live="polite">
      <h2>{stop.title} <span class="sub tabular">{at + 1} of {STOPS.length}</span></h2>
      <p>{stop.text}</p>
      {last && <p>An <Icon name="info" /> beside a statistic explains it; <kbd>?</kbd> lists the keys, and begins this tour again.</p>}
      <div class="tour-buttons">
        {!last && <button type="button" class="button small" onClick={end}>Enough</button>}
        {at > 0 && <button type="button" class="button small" onClick={() => go(at - 1)}>Back</button>}
        <button type="button" class="button small primary" onClick={() => go(at + 1)}>{last ? 'Done' : 'Next'}</button>
      </div>
    </aside>
  );
}

/** How often, in milliseconds, a part of the page that is still loading is looked for. */
const LOOK_MS = 200;

/** Outlines the part that is spoken of, as soon as it is there. */
function useOutline(stop: Stop | undefined): void {
  const [, looked] = useState(0);
  const open = view.value;
  useEffect(() => {
    if (!stop) return;
    const found = document.querySelector(stop.target);
    if (!found) {
      const timer = setTimeout(() => looked((n) => n + 1), LOOK_MS);
      return () => clearTimeout(timer);
    }
    found.classList.add('toured');
    found.scrollIntoView({block: 'nearest'});
    return () => found.classList.remove('toured');
  });
  useEffect(() => {
    if (stop && open !== stop.view) tour.value = null; // gone elsewhere: the tour is over, but may be asked for again
  }, [open, stop]);
}
