/** The colour scale of heatmaps, with ends that can be moved, and what is not a value beside it. */

import {useState} from 'preact/hooks';
import {formatNumber} from '../format/numbers';
import type {Theme} from '../store/state';
import type {ColourMap} from './colour';
import {colourAt, css, specialCss} from './colour';
import type {Plotted} from './heat_layout';
import type {Interval} from './interval';
import {span, toPixel} from './interval';
import {barOf, movedEnd, type End} from './legend_range';
import {logTicks, plainTicks} from './ticks';

interface LegendProps {
  readonly map: ColourMap;
  /** All that there is, and the part that the colours tell apart; what lies beyond takes the colour of its end. */
  readonly full: Interval;
  readonly shown: Interval;
  /** Where the colours are centred; null: nowhere. */
  readonly centre: number | null;
  readonly statistic: Plotted;
  readonly theme: Theme;
  /** Whether the colours cover all values, all but the outermost, or what a person chose. */
  readonly cover: 'all' | 'most' | 'chosen';
  /** null: as the data has it. */
  readonly onRange: (range: Interval | null) => void;
}

const STOPS = 24;
const TICKS = 6;
/** Of the whole range, that an arrow key moves an end. */
const KEY_STEP = 0.01;

function gradient(map: ColourMap, from: number, to: number): string {
  const stops = Array.from({length: STOPS + 1}, (_, i) => `${css(colourAt(map, i / STOPS))} ${(from + ((to - from) * i) / STOPS).toFixed(2)}%`);
  return `linear-gradient(to right, ${stops.join(', ')})`;
}

export function ColourLegend(props: LegendProps) {
  const {map, shown, statistic, theme, cover, onRange} = props;
  const {words} = statistic;
  const [held, hold] = useState<Interval | null>(null); // what the bar covers stays while an end is dragged
  const axis = held ?? barOf(props);
  const ticks = statistic.scale === 'log' ? logTicks(axis.from, axis.to, TICKS) : plainTicks(axis.from, axis.to, TICKS);
  const [from, to] = [toPixel(axis, 100, shown.from), toPixel(axis, 100, shown.to)];
  return (
    <div class="legend">
      <span class="legend-title">{statistic.title}{statistic.unit && `, ${statistic.unit}`}</span>
      <div class="legend-scale">
        <div class="legend-bar" style={{background: gradient(map, from, to)}} title="Drag an end to give its colours to fewer values; double-click to undo" onDblClick={() => onRange(null)} />
        <Handle end="from" at={from} axis={axis} hold={hold} {...props} />
        <Handle end="to" at={to} axis={axis} hold={hold} {...props} />
        {ticks.map((t) => (
          <span key={t.at} class="legend-tick" style={{left: `${toPixel(axis, 100, t.at)}%`}}>{t.label}</span>
        ))}
      </div>
      <ul class="legend-special">
        {cover === 'most' && statistic.low === null && <li title="The lowest and the highest 1 % of values take the colours of the ends. Choose “all” under Display to see them apart.">98 % of values; the rest at the ends</li>}
        {cover === 'chosen' && <li><button type="button" class="button small" onClick={() => onRange(null)}>Reset colours</button></li>}
        {(statistic.scale === 'log' || words) && <Special colour={specialCss(theme, 'zero')} text={words?.zero ?? 'exactly 0'} />}
        <Special colour={specialCss(theme, 'infinite')} text={words?.infinite ?? 'infinite'} />
        <Special colour={specialCss(theme, 'nan')} text="NaN" />
        <li><i class="swatch swatch-none" />no data</li>
      </ul>
    </div>
  );
}

interface HandleProps extends LegendProps {
  readonly end: End;
  /** Percent of the bar. */
  readonly at: number;
  readonly axis: Interval;
  /** Keeps what the bar covers; null: lets it go. */
  readonly hold: (axis: Interval | null) => void;
}

function Handle({end, at, axis, hold, full, shown, centre, statistic, onRange}: HandleProps) {
  const text = formatNumber(statistic.scale === 'log' ? 10 ** shown[end] : shown[end]);
  const move = (value: number): void => onRange(movedEnd({end, value, shown, full, centre}));
  const follow = (event: PointerEvent): void => {
    const box = (event.currentTarget as HTMLElement).parentElement?.getBoundingClientRect();
    if (event.currentTarget instanceof Element && event.currentTarget.hasPointerCapture(event.pointerId) && box) move(axis.from + ((event.clientX - box.left) / box.width) * span(axis));
  };
  return (
    <span
      class="legend-handle"
      role="slider"
      tabIndex={0}
      aria-label={`${end === 'from' ? 'Lower' : 'Upper'} end of the colours`}
      aria-valuemin={full.from}
      aria-valuemax={full.to}
      aria-valuenow={shown[end]}
      aria-valuetext={text}
      title={text}
      style={{left: `${at}%`}}
      onPointerDown={(event) => {
        hold(axis);
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={follow}
      onPointerUp={() => hold(null)}
      onPointerCancel={() => hold(null)}
      onDblClick={() => onRange(null)}
      onKeyDown={(event) => {
        const step = {ArrowLeft: -KEY_STEP, ArrowDown: -KEY_STEP, ArrowRight: KEY_STEP, ArrowUp: KEY_STEP, PageDown: -10 * KEY_STEP, PageUp: 10 * KEY_STEP}[event.key];
        if (step === undefined && event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        if (step === undefined) onRange(null);
        else move(shown[end] + step * span(axis));
      }}
    />
  );
}

function Special({colour, text}: {colour: string; text: string}) {
  return <li><i class="swatch" style={{background: colour}} />{text}</li>;
}
