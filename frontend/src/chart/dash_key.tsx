/** A short piece of a line, as a key to its colour and dashes. */

export function DashKey({colour, dash}: {colour: string; dash: readonly number[]}) {
  return (
    <svg class="dash-key" width="22" height="10" aria-hidden="true">
      <line x1="1" y1="5" x2="21" y2="5" stroke={colour} stroke-width="2.5" stroke-dasharray={dash.join(' ')} />
    </svg>
  );
}

/** Dash patterns, the second channel beside colour; the first is solid. CSS pixels. */
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [9, 3, 2, 3], [4, 3], [12, 4], [2, 2, 6, 2]];

/** The pattern of the `index`-th line of a chart. */
export function dashOf(index: number): readonly number[] {
  return DASHES[index % DASHES.length] ?? [];
}
