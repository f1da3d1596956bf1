/** Findings on charts: at which step, beside which rows. Pure. */

import type {Finding, Severity} from '../api/types';

/** A finding as a chart shows it. */
export interface Mark {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly step: number;
  /** Empty: the whole model. */
  readonly variables: readonly string[];
  readonly run: string;
}

/** The findings that begin at a step. */
export function marksOf(run: string, findings: readonly Finding[]): readonly Mark[] {
  return findings.flatMap((f) =>
    f.onset_step === null ? [] : [{id: f.id, title: f.title || f.id, severity: f.severity, step: f.onset_step, variables: f.variables, run}],
  );
}

/** Neighbouring rows among `rows` as first and one past the last: [2, 3, 4, 7] → [2, 5], [7, 8]. */
export function stretches(rows: readonly number[]): readonly (readonly [from: number, to: number])[] {
  const out: [number, number][] = [];
  for (const row of [...rows].sort((a, b) => a - b)) {
    const last = out.at(-1);
    if (last && row <= last[1]) last[1] = Math.max(last[1], row + 1);
    else out.push([row, row + 1]);
  }
  return out;
}
