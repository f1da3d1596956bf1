/** When the list of runs is asked for: at first, when TensorBoard reloads, and every few seconds while live. */
import {batch, effect} from '@preact/signals';
import {visible, type Host} from '../host';
import {followOutcomes} from './outcomes';
import {client} from './queries';
import * as state from './state';

/** Period of the live mode. A request costs TensorBoard about 8 ms. */
const LIVE_EVERY_MS = 5000;

/** Whether a reload came while nobody could see it. */
let missed = false;
let underway: AbortController | null = null;

/** Asks for the runs and everything around them; a later call takes the place of an earlier one. */
export async function refresh(): Promise<void> {
  void introduce();
  underway?.abort();
  const abort = (underway = new AbortController());
  const [runs, order] = await Promise.all([client.runs(abort.signal), client.tensorboardRuns(abort.signal)]);
  if (abort.signal.aborted) return;
  batch(() => {
    state.trouble.value = runs.ok ? null : runs.error;
    if (order.ok) state.colorOrder.value = order.value;
    if (runs.ok) {
      state.runs.value = runs.value.runs;
      state.refreshedAt.value = Date.now();
    }
    if (runs.ok) state.phase.value = 'ready';
    else if (state.phase.value === 'loading') state.phase.value = 'failed';
    state.reloadTick.value += 1;
  });
}

/** What is asked until it is known: the catalogue of statistics and the log directory. */
async function introduce(): Promise<void> {
  if (state.statistics.peek().length) return;
  const never = new AbortController().signal;
  const [statistics, environment] = await Promise.all([client.statistics(never), client.environment(never)]);
  if (statistics.ok) state.statistics.value = statistics.value.statistics;
  if (environment.ok) state.logdir.value = environment.value.data_location ?? null;
}

function refreshWhenSeen(): void {
  if (visible()) void refresh();
  else missed = true;
}

/** Starts following the host. */
export function follow(host: Host): void {
  void refresh();
  followOutcomes();
  host.on('DataReloaded', refreshWhenSeen);
  window.addEventListener('resize', () => {
    if (!missed || !visible()) return;
    missed = false;
    void refresh();
  });
  effect(() => {
    if (!state.live.value) return undefined;
    const timer = setInterval(refreshWhenSeen, LIVE_EVERY_MS);
    return () => clearInterval(timer);
  });
}
