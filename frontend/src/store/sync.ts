/** Keeps the signals, the address and the browser's memory in step. */
import {batch, effect} from '@preact/signals';
import {inheritedSelection, initialRunFilter, onNavigate, readFields, writeFields} from '../host';
import {loadPreferences, savePreferences} from './preferences';
import * as state from './state';
import {parse, serialize, type UrlState} from './url';

function collect(): UrlState {
  return {
    view: state.view.value,
    runs: state.chosen.value,
    filter: state.runFilter.value,
    baseline: state.baseline.value,
    statistic: state.statistic.value,
    zoom: state.zoom.value,
    variables: state.selectedVariables.value,
    x: state.xAxis.value,
    pool: state.pool.value,
    trimmed: state.trimmed.value,
    ends: state.colourRange.value,
    rows: state.rowZoom.value,
    level: state.rowLevel.value,
    toggled: state.toggledGroups.value,
    order: state.rowOrder.value,
    kind: state.variableKind.value,
    align: state.alignment.value,
    dynamics: state.dynamicsVariable.value,
  };
}

function apply(url: UrlState): void {
  batch(() => {
    state.view.value = url.view;
    state.chosen.value = url.runs;
    state.runFilter.value = url.filter;
    state.baseline.value = url.baseline;
    state.statistic.value = url.statistic;
    state.zoom.value = url.zoom;
    state.selectedVariables.value = url.variables;
    state.xAxis.value = url.x;
    state.pool.value = url.pool;
    state.trimmed.value = url.trimmed;
    state.colourRange.value = url.ends;
    state.rowZoom.value = url.rows;
    state.rowLevel.value = url.level;
    state.toggledGroups.value = url.toggled;
    state.rowOrder.value = url.order;
    state.variableKind.value = url.kind;
    state.alignment.value = url.align;
    state.dynamicsVariable.value = url.dynamics;
  });
}

/** Takes the state from the address, then follows both ways: a new view is a step that Back undoes. */
export function syncAddress(): void {
  const fields = readFields();
  apply(parse(fields));
  if (fields['filter'] === undefined) state.runFilter.value = initialRunFilter();
  if (fields['runs'] === undefined) state.inheritedSelection.value = inheritedSelection();
  let view = state.view.peek();
  effect(() => {
    const now = collect();
    writeFields(serialize(now), now.view === view ? 'replace' : 'push');
    view = now.view;
  });
  onNavigate(() => {
    const next = parse(readFields());
    view = next.view; // arrived by Back: not a step of our own
    apply(next);
  });
}

/** Takes the preferences that the browser kept, then keeps every change. */
export function syncPreferences(): void {
  const kept = loadPreferences();
  batch(() => {
    state.sidebarWidth.value = kept.sidebarWidth ?? state.sidebarWidth.value;
    state.smoothing.value = kept.smoothing ?? state.smoothing.value;
    state.logScale.value = kept.logScale ?? state.logScale.value;
    state.live.value = kept.live ?? state.live.value;
    if (Array.isArray(kept.muted)) state.muted.value = kept.muted;
    state.toured.value = kept.toured === true;
    state.ignoreOutliers.value = kept.ignoreOutliers === true;
    state.tipOrder.value = kept.tipOrder ?? state.tipOrder.value;
    if (kept.palette === 'cividis') state.palette.value = 'cividis';
  });
  effect(() =>
    savePreferences({
      sidebarWidth: state.sidebarWidth.value,
      smoothing: state.smoothing.value,
      logScale: state.logScale.value,
      palette: state.palette.value,
      live: state.live.value,
      ignoreOutliers: state.ignoreOutliers.value,
      tipOrder: state.tipOrder.value,
      muted: state.muted.value,
      toured: state.toured.value,
    }),
  );
}
