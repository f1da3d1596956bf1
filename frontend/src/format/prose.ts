/** Text with `code` in it, as rules write advice: inline between backticks, blocks between fences. */

export type Piece =
  | {readonly kind: 'text'; readonly text: string}
  | {readonly kind: 'code'; readonly text: string}
  | {readonly kind: 'block'; readonly text: string};

const FENCE = /```(?:\w*\n)?([\s\S]*?)```/;
const INLINE = /`([^`]+)`/;

function cut(text: string, pattern: RegExp, kind: 'code' | 'block', rest: (text: string) => readonly Piece[]): readonly Piece[] {
  const match = pattern.exec(text);
  if (!match) return rest(text);
  const piece: Piece = {kind, text: (match[1] ?? '').replace(/\n$/, '')};
  return [...rest(text.slice(0, match.index)), piece, ...cut(text.slice(match.index + match[0].length), pattern, kind, rest)];
}

/** Text whose numbers stay on one line with their percent signs. */
export function unbroken(text: string): string {
  return text.replace(/(\d) %/g, '$1\u00a0%');
}

/** The pieces of `text` in order; empty ones are left out. */
export function pieces(text: string): readonly Piece[] {
  const plain = (t: string): readonly Piece[] => (t ? [{kind: 'text', text: unbroken(t)}] : []);
  return cut(text, FENCE, 'block', (t) => cut(t, INLINE, 'code', plain));
}

/** What makes inline code worth pasting: a call or an assignment, not the mere name of something. */
const STATEMENT = /[=(]/;

/** The code in `text`, ready to paste: its blocks, else its inline statements, arguments as one list; `null` when there is none. */
export function snippet(text: string): string | null {
  const all = pieces(text);
  const blocks = all.filter((p) => p.kind === 'block');
  if (blocks.length) return blocks.map((p) => p.text).join('\n');
  const statements = all.filter((p) => p.kind === 'code' && STATEMENT.test(p.text)).map((p) => p.text);
  return statements.length ? statements.join(statements.some((s) => s.includes('(')) ? '\n' : ', ') : null;
}
