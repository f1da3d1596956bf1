/** Tabs of the views, and the state of what is shown. */
import type {JSX} from 'preact';
import {useEffect, useState} from 'preact/hooks';
import {formatCount, formatSpan} from '../format/numbers';
import {link} from '../host';
import {openView, zoomTo} from '../store/actions';
import {live, refreshedAt, shortcutsOpen, shownRuns, sidebarOpen, view, zoom, type View} from '../store/state';
import {CopyButton} from './copy';
import {Icon} from './icons';

export const VIEWS: readonly (readonly [View, string])[] = [
  ['diagnosis', 'Diagnosis'],
  ['layers', 'Layers'],
  ['dynamics', 'Dynamics'],
  ['optimizer', 'Optimizer'],
  ['gradients', 'Gradient check'],
  ['compare', 'Compare'],
];

/** Arrow keys move among tabs; the page's Tab key meets only the open one. */
function moveFocus(event: KeyboardEvent): void {
  const step = {ArrowRight: 1, ArrowLeft: -1}[event.key] ?? 0;
  const edge = {Home: 0, End: VIEWS.length - 1}[event.key];
  if (step === 0 && edge === undefined) return;
  event.preventDefault();
  const now = VIEWS.findIndex(([name]) => name === view.value);
  const [next] = VIEWS[edge ?? (now + step + VIEWS.length) % VIEWS.length]!;
  openView(next);
  document.getElementById(`tab-${next}`)?.focus();
}

function Tabs(): JSX.Element {
  const open = view.value;
  useEffect(() => document.getElementById(`tab-${open}`)?.scrollIntoView({block: 'nearest', inline: 'nearest'}), [open]);
  return (
    <div class="tabs" role="tablist" aria-label="Views" onKeyDown={moveFocus}>
      {VIEWS.map(([name, title]) => (
        <button
          key={name}
          id={`tab-${name}`}
          type="button"
          role="tab"
          aria-selected={view.value === name}
          aria-controls="panel"
          tabIndex={view.value === name ? 0 : -1}
          onClick={() => openView(name)}
        >
          {title}
        </button>
      ))}
    </div>
  );
}

/** The steps that every view is zoomed to, with the way back. */
function ZoomChip(): JSX.Element | null {
  if (zoom.value === null) return null;
  const [first, last] = zoom.value;
  return (
    <button type="button" class="chip" onClick={() => zoomTo(null)} title="Show all steps (Esc)">
      steps {formatCount(first)}–{formatCount(last)} <Icon name="close" />
      <span class="offscreen">Show all steps</span>
    </button>
  );
}

const TICK_MS = 5000;

/** How long ago the server last answered, e.g. `12 s ago`. */
function useAge(): string | null {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => window.innerHeight > 0 && setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const at = refreshedAt.value;
  if (at === null) return null;
  const seconds = (Math.max(now, at) - at) / 1000;
  return seconds < TICK_MS / 1000 ? 'just now' : `${formatSpan(seconds)} ago`;
}

function Status(): JSX.Element {
  const age = useAge();
  const last = Math.max(-1, ...shownRuns.value.map((r) => r.steps.last ?? -1));
  return (
    <p class="status">
      {last >= 0 && <span>step {formatCount(last)}</span>}
      {age && <span class="age">updated {age}</span>}
    </p>
  );
}

export function Header(): JSX.Element {
  return (
    <header class="header">
      <button
        type="button"
        class="button quiet"
        aria-label={sidebarOpen.value ? 'Hide runs' : 'Show runs'}
        aria-expanded={sidebarOpen.value}
        title={sidebarOpen.value ? 'Hide runs' : 'Show runs'}
        onClick={() => (sidebarOpen.value = !sidebarOpen.value)}
      >
        <Icon name="sidebar" />
      </button>
      <Tabs />
      <ZoomChip />
      <span class="grow" />
      <Status />
      <label class="switch" title="Ask for new steps every 5 seconds">
        <input type="checkbox" role="switch" checked={live.value} onChange={() => (live.value = !live.value)} />
        <span>Live</span>
      </label>
      <CopyButton text={link} label="Copy link to this view" icon="link" />
      <button type="button" class="button quiet" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick={() => (shortcutsOpen.value = true)}>
        <b aria-hidden="true">?</b>
      </button>
    </header>
  );
}
