/** Findings as causes with their consequences below them. Pure. */
import type {Finding} from '../api/types';

export interface Link {
  readonly finding: Finding;
  readonly consequences: readonly Link[];
}

/** The causes in order of rank; a finding explained by one that is absent, or by itself in a circle, is a cause. */
export function chain(findings: readonly Finding[]): readonly Link[] {
  const ranked = [...findings].sort((a, b) => a.rank - b.rank);
  const parent = new Map(ranked.map((f) => [f.id, f.explained_by]));
  const causes = ranked.filter((f) => !rooted(f.id, parent));
  return causes.map((f) => link(f, ranked.filter((other) => !causes.includes(other))));
}

function link(finding: Finding, consequences: readonly Finding[]): Link {
  const mine = consequences.filter((f) => f.explained_by === finding.id);
  return {finding, consequences: mine.map((f) => link(f, consequences.filter((other) => !mine.includes(other))))};
}

/** Whether following the explanations from `id` leads to another finding that needs none. */
function rooted(id: string, parent: ReadonlyMap<string, string | null>): boolean {
  const above = parent.get(id);
  if (above === null || above === undefined || !parent.has(above)) return false;
  const seen = new Set([id]);
  for (let at: string | null | undefined = above; at && parent.has(at); at = parent.get(at)) {
    if (seen.has(at)) return false;
    seen.add(at);
  }
  return true;
}
