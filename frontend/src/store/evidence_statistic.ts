/** Which statistic shows a finding best, so that "show me" opens on it. */

const STATISTIC: Readonly<Record<string, string>> = {
  'dead-units': 'dead_unit_fraction',
  'exploding-gradient': 'gradient_norm',
  'high-learning-rate': 'overshoot',
  'low-learning-rate': 'update_ratio',
  'missing-gradient': 'gradient_norm',
  'non-finite-values': 'gradient_nonfinite_count',
  'oscillating-updates': 'multiplier',
  'unapplied-update': 'update_norm',
  'vanishing-gradient': 'gradient_rms',
  'wrong-gradient': 'reference_cosine',
};

/** Findings of the whole trajectory, which no layer shows better than another. */
const OVER_TIME: ReadonlySet<string> = new Set(['diverging-loss', 'high-learning-rate', 'low-learning-rate', 'oscillating-updates', 'wrong-gradient']);

/** Name of the statistic, or `null` when the one that is open is as good as any. */
export function statisticOf(finding: string): string | null {
  return STATISTIC[finding] ?? null;
}

/** Whether a finding is seen in lines over steps, rather than in the map of layers. */
export function overTime(finding: string): boolean {
  return OVER_TIME.has(finding);
}
