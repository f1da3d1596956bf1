/** Lines over steps or time, drawn by uPlot: shared crosshair and zoom, log axis, envelopes, values off the axis. */

import type {Signal} from '@preact/signals';
import {effect, useSignal} from '@preact/signals';
import {useEffect, useMemo, useRef} from 'preact/hooks';
import uPlot from 'uplot';
import {formatCount} from '../format/numbers';
import {cursorStep, hoverStep} from '../store/state';
import {useNear, useWidth} from './canvas';
import type {Interval} from './interval';
import {span, within, zoomAbout} from './interval';
import type {LineChartProps} from './line_props';
import type {PlacedMark} from './lines_draw';
import type {PlotData} from './lines_model';
import {plotData, stepToX, xToStep} from './lines_model';
import type {ChartState} from './lines_options';
import {columnsFor, optionsOf} from './lines_options';
import {LineTip, type LinePointer} from './line_tip';
import type {Mark} from './marks';
import {chartStyles} from './styles';

const WHEEL_ZOOM = 1.25;
const LEAST_STEPS = 4;
/** CSS pixels from the middle of a flag. */
const FLAG_REACH = 8;

chartStyles();

export function LineChart(props: LineChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const near = useNear(box);
  const pointer = useSignal<LinePointer | null>(null);
  const {lines, log, smoothing} = props;
  const data = useMemo(() => plotData(lines, {log, smoothing}), [lines, log, smoothing]);
  const {flagAt, valueAt} = useChart(box, props, data, near ? width : 0, pointer);
  return (
    <div
      class="linechart"
      role="group"
      aria-roledescription="line chart"
      aria-label={summary(props)}
      style={{height: `${props.height}px`}}
      onPointerMove={(e) => {
        pointer.value = {left: e.clientX, top: e.clientY, value: valueAt(e)};
        e.currentTarget.style.cursor = flagAt(e) ? 'pointer' : '';
      }}
      onClick={(e) => {
        const mark = flagAt(e);
        if (mark) props.openMark(mark);
      }}
      onPointerLeave={() => (pointer.value = null)}
    >
      <div ref={box} class="linechart-plot" />
      <LineTip lines={lines} log={log} xAxis={props.xAxis} smoothing={smoothing} pointer={pointer} marks={props.marks} />
    </div>
  );
}

function summary({title, lines}: LineChartProps): string {
  return `${title}: ${lines.map((l) => `${l.label}, ${formatCount(l.last.length)} points`).join('; ')}`;
}

/** What uPlot cannot change in a living chart. */
function structure({lines, log, smoothing, ink, height, xAxis, trimmed}: LineChartProps): string {
  return JSON.stringify([lines.map((l) => [l.key, l.label, l.colour, l.dash]), log, smoothing > 0, ink.theme, height, xAxis, trimmed]);
}

/** What lies under a pointer. */
interface Places {
  readonly flagAt: (at: MouseEvent) => Mark | null;
  /** On the vertical axis. */
  readonly valueAt: (at: MouseEvent) => number | null;
}

function useChart(box: {readonly current: HTMLElement | null}, props: LineChartProps, data: PlotData, width: number, pointer: Signal<LinePointer | null>): Places {
  const chart = useRef<uPlot | null>(null);
  const latest = useRef({props, data});
  latest.current = {props, data};
  const ready = width > 0;
  useEffect(() => {
    if (!box.current || !ready) return;
    const state = (): ChartState => stateOf(latest.current.props, latest.current.data);
    const u = new uPlot(optionsOf(state, handlersOf(() => latest.current.props), width, props.height), columnsFor(data), box.current);
    chart.current = u;
    const release = [followStep(u, () => latest.current.props, pointer), followWheel(u, () => latest.current.props)];
    return () => {
      release.forEach((f) => f());
      u.destroy();
      chart.current = null;
    };
  }, [structure(props), ready]);
  useEffect(() => chart.current?.setData(columnsFor(data)), [data]);
  useEffect(() => {
    if (width > 0) chart.current?.setSize({width, height: props.height});
  }, [width, props.height]);
  const {domain, bands, marks} = props;
  useEffect(() => {
    chart.current?.setScale('x', {min: domain.from, max: domain.to});
    chart.current?.redraw(false);
  }, [domain.from, domain.to, bands, marks]);
  return {
    flagAt: (at) => (chart.current ? flagUnder(chart.current, placed(latest.current.props), at) : null),
    valueAt: ({clientY}) => (chart.current ? chart.current.posToVal(clientY - chart.current.over.getBoundingClientRect().top, 'y') : null),
  };
}

function stateOf(props: LineChartProps, data: PlotData): ChartState {
  const {lines, bands, ink, domain, xAxis, log, fixed, trimmed} = props;
  return {data, lines, bands, marks: placed(props), ink, domain, xAxis, log, fixed, trimmed};
}

/** The finding whose flag above the plot lies under the pointer, the worst of several. */
function flagUnder(u: uPlot, marks: readonly PlacedMark[], at: MouseEvent): Mark | null {
  const {left, top} = u.over.getBoundingClientRect();
  if (at.clientY >= top) return null;
  const near = marks.filter(({x}) => Math.abs(u.valToPos(x, 'x') + left - at.clientX) <= FLAG_REACH);
  return near.find((m) => m.severity === 'error') ?? near[0] ?? null;
}

function placed(props: LineChartProps): readonly PlacedMark[] {
  return props.marks.flatMap((mark) => {
    const x = stepToX(props, mark.step, mark.run);
    return x === null ? [] : [{...mark, x}];
  });
}

function handlersOf(props: () => LineChartProps) {
  return {
    onHover: (x: number | null) => {
      hoverStep.value = x === null ? null : xToStep(props(), x);
    },
    onClick: (x: number) => {
      cursorStep.value = xToStep(props(), x);
    },
    onReset: () => props().zoomSteps(null),
    onSelect: (range: Interval) => zoomToX(props(), range),
  };
}

function zoomToX(props: LineChartProps, {from, to}: Interval): void {
  const [first, last] = [xToStep(props, from), xToStep(props, to)];
  if (first !== null && last !== null && last > first) props.zoomSteps([first, last]);
}

/** Moves the crosshair with the shared step, and the cursor's line with it. */
function followStep(u: uPlot, props: () => LineChartProps, pointer: Signal<LinePointer | null>): () => void {
  const pin = document.createElement('div');
  pin.className = 'linechart-pin';
  u.over.append(pin);
  const keep = (): void => place(pin, u, cursorStep.peek() === null ? null : stepToX(props(), cursorStep.peek() ?? 0));
  u.hooks.draw = [...(u.hooks.draw ?? []), keep]; // a new chart has no scale before it is drawn, and a zoom gives it another
  return effect(() => {
    const [hover, cursor] = [hoverStep.value, cursorStep.value];
    place(pin, u, cursor === null ? null : stepToX(props(), cursor));
    if (pointer.peek()) return; // uPlot follows its own pointer
    const x = hover === null ? null : stepToX(props(), hover);
    u.setCursor(x === null ? {left: -10, top: -10} : {left: u.valToPos(x, 'x'), top: 0});
  });
}

function place(pin: HTMLElement, u: uPlot, x: number | null): void {
  const left = x === null ? -1 : u.valToPos(x, 'x');
  pin.hidden = !(left >= 0 && left <= u.over.clientWidth);
  pin.style.transform = `translateX(${left}px)`;
}

/** Alt+wheel zooms about the pointer; Shift+drag moves what is visible. */
function followWheel(u: uPlot, props: () => LineChartProps): () => void {
  const wheel = (event: WheelEvent): void => {
    if (!event.altKey) return;
    event.preventDefault();
    const {domain, bounds} = props();
    const factor = event.deltaY < 0 ? 1 / WHEEL_ZOOM : WHEEL_ZOOM;
    const next = zoomAbout(domain, u.posToVal(event.offsetX, 'x'), factor, bounds, (LEAST_STEPS * span(bounds)) / Math.max(1, u.data[0].length));
    if (span(next) >= span(bounds)) props().zoomSteps(null);
    else zoomToX(props(), next);
  };
  const pan = (event: MouseEvent): void => {
    if (!event.shiftKey) return;
    event.stopPropagation();
    const {domain, bounds} = props();
    const start = event.clientX;
    const move = (e: MouseEvent): void => {
      const delta = ((start - e.clientX) / u.over.clientWidth) * span(domain);
      zoomToX(props(), within({from: domain.from + delta, to: domain.to + delta}, bounds));
    };
    document.addEventListener('mousemove', move);
    document.addEventListener('mouseup', () => document.removeEventListener('mousemove', move), {once: true});
  };
  u.over.addEventListener('wheel', wheel, {passive: false});
  u.over.addEventListener('mousedown', pan, {capture: true});
  return () => {
    u.over.removeEventListener('wheel', wheel);
    u.over.removeEventListener('mousedown', pan, {capture: true});
  };
}
