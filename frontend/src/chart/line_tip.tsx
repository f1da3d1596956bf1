/** The values of every line at the pointer's step. */

import type {Signal} from '@preact/signals';
import {formatCount, formatNumber} from '../format/numbers';
import type {XAxis} from '../store/state';
import {hoverStep} from '../store/state';
import {DashKey} from './dash_key';
import type {Point} from './drag';
import type {LineInput} from './lines_model';
import {nearestPoint} from './lines_model';
import {smooth} from './smoothing';
import {clockTicks, duration} from './ticks';
import {Tip} from './tip';

/** More lines than this do not fit beside the pointer. */
const MOST = 10;

interface LineTipProps {
  readonly lines: readonly LineInput[];
  readonly xAxis: XAxis;
  readonly smoothing: number;
  readonly pointer: Signal<Point | null>;
  readonly width: number;
  readonly height: number;
}

export function LineTip({lines, xAxis, smoothing, pointer, width, height}: LineTipProps) {
  const at = pointer.value;
  const step = hoverStep.value;
  if (!at || step === null) return null;
  return (
    <Tip at={at} width={width} height={height}>
      <div class="tip-title">{heading(lines, xAxis, step)}</div>
      <table class="tip-lines">
        <tbody>
          {lines.slice(0, MOST).map((line) => <Row key={line.key} line={line} step={step} smoothing={smoothing} />)}
        </tbody>
      </table>
      {lines.length > MOST && <div class="tip-note">and {lines.length - MOST} more</div>}
    </Tip>
  );
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
