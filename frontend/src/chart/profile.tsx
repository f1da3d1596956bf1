/** The depth profile beside a heatmap: one row a variable, the statistic at the cursor's step to the right. */

import {useMemo, useRef} from 'preact/hooks';
import type {Statistic} from '../api/types';
import {formatNumber} from '../format/numbers';
import {hoverVariable} from '../store/state';
import {sized, useDrawing, useWidth} from './canvas';
import {heatLayout, rowAt, rowHeight, rowTop} from './heat_layout';
import type {HeatLayout} from './heat_layout';
import type {Ink} from './ink';
import {drawProfile, type ProfileScene} from './profile_draw';
import type {ProfileInput, ProfilePoint, Slope} from './profile_layout';
import {perLayer, profilePoints, profileRange, robustSlope, sloped} from './profile_layout';
import type {RowName, RowView} from './rows';
import {rowNamed} from './rows';
import {logTicks, plainTicks} from './ticks';

export interface ProfileProps {
  readonly statistic: Statistic;
  readonly profiles: readonly ProfileInput[];
  readonly rows: readonly RowName[];
  readonly rowView: RowView;
  /** Whether a row is a weight of two or more dimensions, which slopes are drawn through. */
  readonly isMatrix: (row: number) => boolean;
  readonly height: number;
  readonly ink: Ink;
  readonly chooseVariable: (name: string, add: boolean) => void;
}

const MARGIN = 10;
const TICK_PITCH = 48;

export interface FittedProfile {
  readonly input: ProfileInput;
  readonly points: readonly ProfilePoint[];
  readonly slope: Slope | null;
  /** Of the axis a layer; null: too few layers. */
  readonly perLayer: number | null;
}

/** Points and slope of every run. */
export function fitProfiles({profiles, rows, statistic, isMatrix}: Pick<ProfileProps, 'profiles' | 'rows' | 'statistic' | 'isMatrix'>): readonly FittedProfile[] {
  return profiles.map((input) => {
    const points = profilePoints(input, rows, statistic.scale);
    const through = sloped(points, isMatrix);
    const slope = statistic.scale === 'log' ? robustSlope(through) : null;
    return {input, points, slope, perLayer: slope && perLayer(slope, through)};
  });
}

type Fitted = Pick<ProfileProps, 'statistic' | 'ink'> & {readonly fitted: readonly FittedProfile[]};

/** Where everything of a profile lies, `width` and `height` CSS pixels in all. */
export function profileLayout(width: number, height: number, rowView: RowView): HeatLayout {
  return heatLayout(width - MARGIN, height, MARGIN, {from: 0, to: 1}, rowView);
}

/** What is drawn. */
export function profileScene({statistic, fitted, ink}: Fitted, layout: HeatLayout): ProfileScene {
  const range = profileRange(fitted.map((f) => f.points), statistic.scale, [statistic.low, statistic.high]);
  const ticks = (statistic.scale === 'log' ? logTicks : plainTicks)(range.from, range.to, layout.plot.width / TICK_PITCH);
  const profiles = fitted.map(({input, points, slope}) => ({colour: input.colour, points, slope}));
  return {layout, range, ticks, profiles, band: bandOf(statistic), ink};
}

export function DepthProfile(props: ProfileProps & {readonly fitted: readonly FittedProfile[]}) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(box);
  const {statistic, rows, rowView, height, ink, fitted} = props;
  const layout = useMemo(() => profileLayout(width, height, rowView), [width, height, rowView]);
  useDrawing(() => {
    const surface = canvas.current && width > 0 ? sized(canvas.current, width, height) : null;
    if (!surface) return;
    drawProfile(surface.context, surface.scale, profileScene(props, layout));
  }, [layout, fitted, statistic, ink]);
  return (
    <div class="profile" ref={box} style={{height: `${height}px`}}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={summary(props)}
        onPointerMove={(e) => (hoverVariable.value = rows[rowAt(layout, e.offsetY)]?.name ?? null)}
        onPointerLeave={() => (hoverVariable.value = null)}
        onClick={(e) => choose(props, layout, e)}
      />
      <RowHighlight rows={rows} layout={layout} />
      <ProfileTip fitted={fitted} rows={rows} layout={layout} />
    </div>
  );
}

function choose({rows, chooseVariable}: ProfileProps, layout: HeatLayout, event: MouseEvent): void {
  const name = rows[rowAt(layout, event.offsetY)]?.name;
  if (name !== undefined) chooseVariable(name, event.shiftKey || event.ctrlKey || event.metaKey);
}

function bandOf({band, scale}: Statistic) {
  if (!band) return null;
  return scale === 'log' ? {from: Math.log10(band[0]), to: Math.log10(band[1])} : {from: band[0], to: band[1]};
}

function summary({statistic, fitted}: ProfileProps & {readonly fitted: readonly FittedProfile[]}): string {
  const parts = fitted.map((f) => `${f.input.label} at step ${f.input.step}${f.perLayer === null ? '' : `, ${slopeText(f.perLayer, statistic)}`}`);
  return `${statistic.title} over depth: ${parts.join('; ')}`;
}

/** `−0.61 decades a layer`. */
export function slopeText(perLayerSlope: number, {scale}: Pick<Statistic, 'scale'>): string {
  const sign = perLayerSlope > 0 ? '+' : '';
  return `${sign}${formatNumber(Number(perLayerSlope.toFixed(2)))} ${scale === 'log' ? 'decades' : ''} a layer`.replace('  ', ' ');
}

/** The row under the pointer, here or on a heatmap. */
function RowHighlight({rows, layout}: {rows: readonly RowName[]; layout: HeatLayout}) {
  const row = rowNamed(rows, hoverVariable.value);
  const visible = row >= layout.rows.first && row < layout.rows.first + layout.rows.count;
  if (!visible) return null;
  return <div class="profile-row" style={{top: `${rowTop(layout, row)}px`, height: `${Math.max(2, rowHeight(layout))}px`}} />;
}

function ProfileTip({fitted, rows, layout}: {fitted: readonly FittedProfile[]; rows: readonly RowName[]; layout: HeatLayout}) {
  const row = rowNamed(rows, hoverVariable.value);
  const name = rows[row]?.name;
  if (name === undefined || row < layout.rows.first || row >= layout.rows.first + layout.rows.count) return null;
  const values = fitted.flatMap((f) => {
    const value = f.input.values.get(name);
    return value === null || value === undefined ? [] : [{key: f.input.key, colour: f.input.colour, text: formatNumber(value)}];
  });
  const below = rowTop(layout, row) < layout.height / 2;
  const y = below ? rowTop(layout, row) + rowHeight(layout) + 2 : rowTop(layout, row) - 4;
  return (
    <div class="profile-tip" style={below ? {top: `${y}px`} : {bottom: `${layout.height - y}px`}}>
      {values.map((v) => <span key={v.key}><i class="dot" style={{background: v.colour}} />{v.text}</span>)}
    </div>
  );
}
