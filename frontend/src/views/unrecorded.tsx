/** Charts that have nothing to show are named in one line, instead of standing empty. */

import {useSignal} from '@preact/signals';
import {useMemo} from 'preact/hooks';
import type {Statistic} from '../api/types';

/** Which charts have nothing to show, as each of them reports it. */
export function useUnrecorded() {
  const names = useSignal<ReadonlySet<string>>(new Set());
  const report = useMemo(
    () => (statistic: string, recorded: boolean): void => {
      if (names.peek().has(statistic) !== recorded) return;
      const others = [...names.peek()].filter((n) => n !== statistic);
      names.value = new Set(recorded ? others : [...others, statistic]);
    },
    [],
  );
  return {names: names.value, report};
}

export function Unrecorded({statistics: missing}: {readonly statistics: readonly Statistic[]}) {
  if (missing.length === 0) return null;
  return <p class="sub" role="status">Not recorded: {missing.map((s) => s.title).join('; ')}.</p>;
}
