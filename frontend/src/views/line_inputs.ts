/** From the server's lines to those of a chart. Pure. */

import type {Line, Lines, Run} from '../api/types';
import type {Interval} from '../chart/interval';
import type {LineInput} from '../chart/lines_model';
import type {RunStyle} from '../store/run_style';
import type {XAxis, Zoom} from '../store/state';

/** One answer with the run it is about. */
export interface RunLines {
  readonly run: Run;
  readonly lines: Lines;
}

const PLAIN: RunStyle = {color: 'gray', dash: []};

/** The first series of each answer, drawn as its run is. */
export function inputsOf(answers: readonly RunLines[], styles: ReadonlyMap<string, RunStyle>, axis: XAxis): readonly LineInput[] {
  return answers.flatMap(({run, lines: all}) => {
    const lines = looked(all);
    const line = settled(lines);
    const {color, dash} = styles.get(run.run) ?? PLAIN;
    return line ? [{key: run.run, label: run.run, colour: color, dash, undefinedIsAbsent: QUOTIENT.test(lines.statistic), ...coordinates(run, lines, line, axis)}] : [];
  });
}

/** Dots, which no run's own line has. */
const BESIDE: readonly number[] = [1, 4];

/** A line that others are held against. */
export function beside(line: LineInput, label: string): LineInput {
  return {...line, key: `${line.key} ${label}`, label: `${line.label}, ${label}`, dash: BESIDE};
}

/** The level of a line as a line of its own; none: it has no level. */
export function atLevel(line: LineInput, level: number | undefined): readonly LineInput[] {
  if (level === undefined || line.x.length === 0) return [];
  const ends = [0, line.x.length - 1].map((i) => [line.x[i] ?? 0, line.step[i] ?? 0] as const);
  const values = ends.map(() => level);
  return [{...beside(line, 'as set'), x: ends.map(([x]) => x), step: ends.map(([, step]) => step), last: values, min: values, max: values}];
}

/** A line on the steps of another run; points without a place there are left out. */
export function moved(line: LineInput, placeOf: ((step: number) => number | null) | undefined): LineInput {
  if (!placeOf) return line;
  const places = Array.from(line.step, placeOf);
  const kept = places.flatMap((place, i) => (place === null || (i > 0 && place === places[i - 1]) ? [] : [i]));
  const pick = (values: ArrayLike<number>): readonly number[] => kept.map((i) => values[i] ?? NaN);
  const last = pick(line.last);
  const whole = line.min === line.last && line.max === line.last;
  return {...line, x: kept.map((i) => places[i] ?? 0), step: pick(line.step), last, min: whole ? last : pick(line.min), max: whole ? last : pick(line.max)};
}

/** Quotients and what is identified from several steps: where there is nothing to divide by, there is no number and nothing is broken. */
const QUOTIENT = /^(cosine_|overshoot|multiplier|curvature|step_|effective_|stability_|loss_change)/;

/** What is looked at now and then, as metrics and probes are: where nobody looked there is no point, and no gap either. */
const NOW_AND_THEN = /^(metric\/|step_gain$|step_landing$|loss_after$|slope_|input_|label_|output_)/;

function looked(lines: Lines): Lines {
  const [line] = lines.series;
  if (!line || !NOW_AND_THEN.test(lines.statistic)) return lines;
  const kept = [...line.max.keys()].filter((i) => !Number.isNaN(line.max[i]));
  const pick = (values: Float64Array): Float64Array => Float64Array.from(kept, (i) => values[i] ?? NaN);
  const max = pick(line.max);
  const last = Float64Array.from(kept, (i, k) => (Number.isNaN(line.last[i]) ? max[k] : line.last[i]) ?? NaN); // the end of a bucket may have been passed over
  const whole = line.min === line.last;
  const series = [{...line, last, min: whole ? last : pick(line.min), max: whole ? last : max}];
  return {...lines, step: pick(lines.step), wallTime: pick(lines.wallTime), series};
}

/** What speaks of the next update is not known yet at the newest step: that is absence, and no NaN to warn of. */
const OF_THE_NEXT_UPDATE = /^(update_|multiplier|step_size|cosine_.*_update|cosine_update_|loss_change)/;

function settled({statistic, series}: Lines): Line | undefined {
  const [line] = series;
  if (!line || line.last.length < 2 || !OF_THE_NEXT_UPDATE.test(statistic)) return line;
  const end = line.last.length - 1;
  if (!Number.isNaN(line.last[end]) || Number.isNaN(line.last[end - 1])) return line;
  const last = line.last.subarray(0, end);
  const decimated = line.min !== line.last;
  return {...line, last, min: decimated ? line.min.subarray(0, end) : last, max: decimated ? line.max.subarray(0, end) : last};
}

function coordinates({started}: Run, {step, wallTime}: Lines, {last, min, max}: Line, axis: XAxis) {
  return {x: abscissae(axis, step, wallTime, started ?? wallTime[0] ?? 0).subarray(0, last.length), step: step.subarray(0, last.length), last, min, max};
}

/** Where points lie on the horizontal axis. A restarted run's clock may run back over its steps; the axis must not. */
export function abscissae(axis: XAxis, step: Float64Array, wall: Float64Array, started: number): Float64Array {
  switch (axis) {
    case 'step':
      return step;
    case 'relative':
      return ascending(wall.map((t) => t - started));
    case 'wall':
      return ascending(wall);
    default:
      return axis satisfies never;
  }
}

function ascending(values: Float64Array): Float64Array {
  let highest = -Infinity;
  return values.map((v) => (highest = Math.max(highest, v)));
}

/** What is visible of a chart's horizontal axis. */
export function domainOf(lines: readonly LineInput[], axis: XAxis, zoom: Zoom | null): Interval {
  if (axis === 'step' && zoom) return {from: zoom[0], to: zoom[1]};
  const known = lines.filter((l) => l.x.length > 0);
  if (known.length === 0) return {from: 0, to: 1};
  const from = Math.min(...known.map((l) => l.x[0] ?? 0));
  const to = Math.max(...known.map((l) => l.x[l.x.length - 1] ?? 0));
  return to > from ? {from, to} : {from: from - 0.5, to: to + 0.5};
}

/** The least value of all lines, whatever is not a number left out. */
export function leastValue(lines: readonly LineInput[]): number {
  let least = Infinity;
  for (const {min} of lines) for (let i = 0; i < min.length; i++) if ((min[i] ?? NaN) < least) least = min[i] ?? least;
  return least;
}

/** How much of what was recorded is drawn; null: all of it. */
export function decimationNote(answers: readonly RunLines[], count: (n: number) => string): string | null {
  const cut = answers.filter(({lines}) => lines.decimated);
  if (cut.length === 0) return null;
  const shown = Math.max(...cut.map(({lines}) => lines.points));
  const recorded = Math.max(...cut.map(({lines}) => lines.recorded));
  return `showing ${count(shown)} of ${count(recorded)} points`;
}
