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

const RANK: Readonly<Record<Severity, number>> = {error: 2, warning: 1, info: 0};

/** Marks too near to each other to be told apart, at the first of them, as severe as the worst. */
export interface MarkCluster {
  readonly at: number;
  readonly severity: Severity;
  readonly count: number;
}

/** Marks at places `at`, joined where they are less than `least` apart. */
export function clusters(marks: readonly {readonly at: number; readonly severity: Severity}[], least: number): readonly MarkCluster[] {
  const out: MarkCluster[] = [];
  for (const {at, severity} of [...marks].sort((a, b) => a.at - b.at)) {
    const last = out.at(-1);
    if (!last || at - last.at >= least) out.push({at, severity, count: 1});
    else out[out.length - 1] = {...last, count: last.count + 1, severity: RANK[severity] > RANK[last.severity] ? severity : last.severity};
  }
  return out;
}
