/** The values of every line at the pointer's step. */

import type {Signal} from '@preact/signals';
import {formatCount, formatNumber} from '../format/numbers';
import type {XAxis} from '../store/state';
import {hoverStep, tipOrder} from '../store/state';
import {spacing} from './columns';
import {DashKey} from './dash_key';
import type {LineInput} from './lines_model';
import type {Mark} from './marks';
import {nearestPoint} from './lines_model';
import {inTipOrder} from './tip_order';
import {smooth} from './smoothing';
import {clockTicks, duration} from './ticks';
import {Tip, type WindowPoint} from './tip';

/** More lines than this do not fit beside the pointer. */
const MOST = 10;

/** Where the pointer is, and which value of the vertical axis that is. */
export interface LinePointer extends WindowPoint {
  readonly value: number | null;
}

interface LineTipProps {
  readonly lines: readonly LineInput[];
  readonly log: boolean;
  readonly xAxis: XAxis;
  readonly smoothing: number;
  readonly pointer: Signal<LinePointer | null>;
  readonly marks: readonly Mark[];
}

/** A finding is named in the tooltip within this share of the visible steps around its onset. */
const NEAR = 0.015;

export function LineTip({lines, log, xAxis, smoothing, pointer, marks}: LineTipProps) {
  const at = pointer.value;
  const step = hoverStep.value;
  if (!at || step === null) return null;
  const ordered = inTipOrder(lines, {order: tipOrder.value, step, value: at.value, log});
  return (
    <Tip at={at}>
      <NearMarks marks={marks.filter((m) => Math.abs(m.step - step) <= reach(lines))} />
      <div class="tip-title">{heading(lines, xAxis, step)}</div>
      <table class="tip-lines">
        <tbody>
          {ordered.slice(0, MOST).map((line) => <Row key={line.key} line={line} step={step} smoothing={smoothing} />)}
        </tbody>
      </table>
      {lines.length > MOST && <div class="tip-note">and {lines.length - MOST} more</div>}
    </Tip>
  );
}

/** More findings than this are only counted. */
const MOST_MARKS = 4;

function NearMarks({marks}: {marks: readonly Mark[]}) {
  return (
    <>
      {marks.slice(0, MOST_MARKS).map((m) => (
        <div key={`${m.run} ${m.id}`} class={`tip-mark tip-${m.severity}`}>{m.title}, from step {formatCount(m.step)} ({m.run})</div>
      ))}
      {marks.length > MOST_MARKS && <div class="tip-note">and {marks.length - MOST_MARKS} more findings</div>}
    </>
  );
}

function reach(lines: readonly LineInput[]): number {
  const ends = lines.flatMap(({step}) => (step.length > 0 ? [(step[step.length - 1] ?? 0) - (step[0] ?? 0)] : []));
  return NEAR * Math.max(0, ...ends);
}

function heading(lines: readonly LineInput[], xAxis: XAxis, step: number): string {
  const text = `step ${formatCount(step)}`;
  const line = lines.find((l) => l.last.length > 0);
  const x = line?.x[nearestPoint(line.step, step)];
  if (x === undefined || xAxis === 'step') return text;
  return `${text} · ${xAxis === 'relative' ? duration(x) : (clockTicks(x, x + 60, 1)[0]?.label ?? '')}`;
}

function Row({line, step, smoothing}: {line: LineInput; step: number; smoothing: number}) {
  const i = nearestPoint(line.step, step);
  const value = line.last[i];
  if (value === undefined) return null;
  const gone = goneText(line, step);
  if (gone) {
    return (
      <tr class="tip-gone">
        <td><DashKey colour={line.colour} dash={line.dash} /></td>
        <th scope="row">{line.label}</th>
        <td colSpan={3}>{gone}</td>
      </tr>
    );
  }
  const [low, high] = [line.min[i] ?? value, line.max[i] ?? value];
  return (
    <tr>
      <td><DashKey colour={line.colour} dash={line.dash} /></td>
      <th scope="row">{line.label}</th>
      {smoothing > 0 && <td class="tip-number"><b>{formatNumber(smooth(line.last, smoothing)[i] ?? NaN)}</b></td>}
      <td class="tip-number">{smoothing > 0 ? formatNumber(value) : <b>{formatNumber(value)}</b>}</td>
      {low !== high && <td class="tip-range">{formatNumber(low)} … {formatNumber(high)}</td>}
    </tr>
  );
}

/** Why a line has no value at a step that others have; null: it has one. */
function goneText({step: steps}: LineInput, step: number): string | null {
  const [first, last] = [steps[0] ?? 0, steps[steps.length - 1] ?? 0];
  if (step < first) return `begins at step ${formatCount(first)}`;
  return step > last + spacing(steps) ? `ended at step ${formatCount(last)}` : null;
}
