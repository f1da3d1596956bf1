/** How every run went, for the list of runs: those that no view asks about are asked for one after the other, in the background. */

import {effect} from '@preact/signals';
import type {Diagnosis, Run} from '../api/types';
import {visible} from '../host';
import {client} from './queries';
import {outcomes, reloadTick, runs} from './state';

/** Most runs asked about; a list of hundreds is not read to its end. */
const MOST = 60;
/** Runs a request; the server diagnoses one at a time, and what a person waits for must get its turn. */
const AT_A_TIME = 4;
/** Milliseconds after the runs came: what is on screen goes first. */
const LATER_MS = 1500;

/** The token of the data that each outcome is of. */
const seen = new Map<string, string>();

/** Notes what a diagnosis said. */
export function publishOutcomes(found: readonly (readonly [run: Run, diagnosis: Diagnosis])[]): void {
  const news = found.filter(([run, {outcome}]) => outcomes.peek().get(run.run) !== outcome);
  for (const [run] of found) seen.set(run.run, run.token);
  if (news.length > 0) outcomes.value = new Map([...outcomes.peek(), ...news.map(([run, {outcome}]) => [run.run, outcome] as const)]);
}

/** The runs of which nothing is known yet, or something older. Pure but for what was seen. */
export function unknownOutcomes(all: readonly Run[], known: ReadonlyMap<string, string> = seen): readonly Run[] {
  return all.filter((r) => r.steps.recorded > 0 && known.get(r.run) !== r.token).slice(0, MOST);
}

/** Starts asking; returns what stops it. */
export function followOutcomes(later: (ask: () => void) => () => void = afterAWhile): () => void {
  return effect(() => {
    const all = runs.value;
    void reloadTick.value;
    const abort = new AbortController();
    const stop = later(() => void ask(all, abort.signal));
    return () => {
      stop();
      abort.abort();
    };
  });
}

function afterAWhile(ask: () => void): () => void {
  const timer = setTimeout(ask, LATER_MS);
  return () => clearTimeout(timer);
}

async function ask(all: readonly Run[], signal: AbortSignal): Promise<void> {
  for (let some = unknownOutcomes(all).slice(0, AT_A_TIME); some.length > 0; some = unknownOutcomes(all).slice(0, AT_A_TIME)) {
    if (signal.aborted || !visible()) return;
    const answer = await client.diagnosis(some.map((r) => r.run), signal);
    if (!answer.ok || signal.aborted) return;
    const found = new Map(answer.value.runs.map((d) => [d.run, d]));
    publishOutcomes(some.flatMap((run) => {
      const diagnosis = found.get(run.run);
      return diagnosis ? [[run, diagnosis] as const] : [];
    }));
    for (const run of some) seen.set(run.run, run.token); // one that got no answer is not asked about again and again
  }
}
