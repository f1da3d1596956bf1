/** How a run is drawn: TensorBoard's colour, and a dash pattern for those who cannot tell the colours apart. */
import {computed} from '@preact/signals';
import {runColor} from '../host';
import {colorOrder, runs, theme} from './state';

export interface RunStyle {
  readonly color: string;
  /** Canvas and SVG dash lengths in CSS pixels; empty: solid. */
  readonly dash: readonly number[];
}

/** Four patterns against seven colours: 28 runs before a pair of both comes again. */
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 3, 2, 3]];

/** The style of the run that is `index`-th in TensorBoard's list. */
export function styleOf(index: number, dark: 'light' | 'dark'): RunStyle {
  return {color: runColor(index, dark), dash: DASHES[index % DASHES.length]!};
}

/** Style by run name. Streams of one TensorBoard run share its colour and differ in the pattern. */
export const runStyles = computed<ReadonlyMap<string, RunStyle>>(() => {
  const order = new Map(colorOrder.value.map((name, i) => [name, i]));
  const streams = new Map<string, number>();
  return new Map(
    runs.value.map((run) => {
      const index = order.get(run.tensorboard_run) ?? order.size;
      const nth = streams.get(run.tensorboard_run) ?? 0;
      streams.set(run.tensorboard_run, nth + 1);
      const {color} = styleOf(index, theme.value);
      return [run.run, {color, dash: DASHES[(index + nth) % DASHES.length]!}];
    }),
  );
});
