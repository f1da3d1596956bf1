/** What people can do: each action changes the signals it names, together. */
import {batch} from '@preact/signals';
import type {Finding, Level, Run} from '../api/types';
import {overTime, statisticOf} from './evidence_statistic';
import * as state from './state';

/** Zoom of "show me": this share of the run before the onset and twice it after, at least 10 steps each way. */
const LEAD_SHARE = 0.1;
const LEAD_STEPS = 10;

/** Opens a view. */
export function openView(view: state.View): void {
  state.view.value = view;
}

/** Ticks or unticks a run. */
export function toggleRun(name: string): void {
  const now = state.selectedRuns.value;
  state.chosen.value = state.runs.value.map((r) => r.run).filter((n) => (n === name ? !now.has(n) : now.has(n)));
}

/** Shows this run and no other. */
export function onlyRun(name: string): void {
  state.chosen.value = [name];
}

/** Ticks every run that fits the filter, or unticks them when all of them are ticked. */
export function toggleAll(): void {
  const names = state.matchingRuns.value.map((r) => r.run);
  const now = new Set(state.selectedRuns.value);
  const all = names.every((n) => now.has(n));
  names.forEach((n) => (all ? now.delete(n) : now.add(n)));
  const everything = now.size === state.runs.value.length && Object.keys(state.inheritedSelection.value).length === 0;
  state.chosen.value = everything ? null : [...now];
}

/** Makes a run the baseline, or none when it was. */
export function toggleBaseline(name: string): void {
  batch(() => {
    state.baseline.value = state.baseline.value === name ? null : name;
    if (state.baseline.value && !state.selectedRuns.value.has(name)) toggleRun(name);
  });
}

/** Zooms every chart to these steps; `null` and anything without a width: all steps. */
export function zoomTo(range: state.Zoom | null): void {
  state.zoom.value = range && range[1] > range[0] ? [Math.max(0, Math.floor(range[0])), Math.ceil(range[1])] : null;
}

/** The steps to look at for something that begins at `onset`. */
export function zoomAround(onset: number, run: Pick<Run, 'steps'>): state.Zoom | null {
  const first = run.steps.first ?? 0;
  const last = run.steps.last ?? onset;
  const lead = Math.max(LEAD_STEPS, Math.round((last - first) * LEAD_SHARE));
  const range: state.Zoom = [Math.max(first, onset - lead), Math.min(last, onset + 2 * lead)];
  return range[1] > range[0] && (range[0] > first || range[1] < last) ? range : null;
}

/** Closes every group of a level, and opens the others. */
export function closeLevel(level: Level): void {
  batch(() => {
    state.rowLevel.value = level;
    state.toggledGroups.value = [];
    state.rowZoom.value = null;
  });
}

/** Puts a finding aside, here and in every later visit. */
export function mute(run: string, id: string): void {
  state.muted.value = [...state.muted.value, {run, id}];
}

/** Takes back everything that was put aside of a run. */
export function unmute(run: string): void {
  state.muted.value = state.muted.value.filter((m) => m.run !== run);
}

/** The findings of a run that were not put aside. */
export function heard(run: string, findings: readonly Finding[]): readonly Finding[] {
  const ids = new Set(state.muted.value.flatMap((m) => (m.run === run ? [m.id] : [])));
  return ids.size === 0 ? findings : findings.filter((f) => !ids.has(f.id));
}

/** The view in which a finding is seen best. */
export function bestView(finding: Finding): state.View {
  if (finding.id === 'wrong-gradient') return 'gradients';
  if (typeof finding.evidence['stability_number'] === 'number') return 'optimizer';
  return finding.variables.length === 0 || overTime(finding.id) ? 'dynamics' : 'layers';
}

/** The way back from a mark: opens the Diagnosis with the finding unfolded and in view. */
export function openFinding({run, id}: state.MutedFinding): void {
  batch(() => {
    state.pointedFinding.value = {run, id};
    state.view.value = 'diagnosis';
  });
}

/** Opens the view that shows a finding: its variables picked out, its statistic chosen, its step under the cursor. */
export function showFinding(finding: Finding, run: Run, view: state.View = bestView(finding)): void {
  batch(() => {
    const wanted = statisticOf(finding.id);
    if (state.statistics.value.some((s) => s.name === wanted && s.scope === 'variable')) state.statistic.value = wanted ?? '';
    state.selectedVariables.value = finding.variables;
    state.cursorStep.value = finding.onset_step;
    state.zoom.value = finding.onset_step === null ? null : zoomAround(finding.onset_step, run);
    state.view.value = view;
  });
}
