/** A heatmap of one run: variables by steps, with crosshair, zoom, keyboard and a reading of every cell. */

import {useMemo, useRef} from 'preact/hooks';
import type {Pool, Tile} from '../api/types';
import {useWidth} from './canvas';
import type {ColourMap} from './colour';
import {columnsOf, columnsOfTile} from './columns';
import type {AxisWidths} from './heat_draw';
import {useGestures} from './heat_gestures';
import {BARE_AXIS, heatLayout, type Plotted} from './heat_layout';
import {usePicture} from './heat_picture';
import {HeatTip} from './heat_tip';
import {axisRoom} from './heat_scene';
import {useOverlay} from './heat_overlay_hook';
import type {Ink} from './ink';
import type {Interval} from './interval';
import type {Mark} from './marks';
import type {RowName, RowView} from './rows';

export interface HeatmapProps {
  /** The run, for people. */
  readonly title: string;
  readonly tile: Tile | null;
  readonly statistic: Plotted;
  readonly pool: Pool;
  readonly map: ColourMap;
  /** The range of colours, shared with the heatmaps beside this one; in units of the code axis. */
  readonly shown: Interval;
  readonly rows: readonly RowName[];
  /** For each row its row in the tile; −1: the run has no such variable. */
  readonly tileRows: Int32Array;
  readonly rowView: RowView;
  readonly domain: Interval;
  readonly bounds: Interval;
  /** null: the names stand beside another heatmap. */
  readonly axis: AxisWidths | null;
  readonly height: number;
  readonly marks: readonly Mark[];
  readonly selected: ReadonlySet<string>;
  readonly ink: Ink;
  readonly actions: HeatActions;
}

/** What a person can ask a heatmap for. */
export interface HeatActions {
  /** First and last step; null: all. */
  readonly zoomSteps: (range: readonly [number, number] | null) => void;
  /** null: all rows. */
  readonly zoomRows: (view: RowView | null) => void;
  readonly chooseStep: (step: number) => void;
  /** `add`: keep the variables chosen before. */
  readonly chooseVariable: (name: string, add: boolean) => void;
}

const NO_COLUMNS = columnsOf([], []);
const NO_AXIS: AxisWidths = {group: 0, leaf: 0};

export function Heatmap(props: HeatmapProps) {
  const box = useRef<HTMLDivElement>(null);
  const picture = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const width = useWidth(box);
  const room = props.axis ? axisRoom(props.axis) : BARE_AXIS;
  const layout = useMemo(
    () => heatLayout(width, props.height, room, props.domain, props.rowView),
    [width, props.height, room, props.domain, props.rowView],
  );
  const columns = props.tile ? columnsOfTile(props.tile) : NO_COLUMNS;
  usePicture(picture, props, layout, columns, props.axis ?? NO_AXIS);
  const drag = useOverlay(overlay, props, layout, columns);
  const gestures = useGestures(props, layout, columns, drag);
  return (
    <div class="heatmap" ref={box} style={{height: `${props.height}px`}}>
      <canvas ref={picture} aria-hidden="true" />
      <canvas
        ref={overlay}
        class="heatmap-overlay"
        role="application"
        aria-roledescription="heatmap"
        aria-label={summary(props)}
        tabIndex={0}
        {...gestures.handlers}
      />
      <HeatTip props={props} layout={layout} columns={columns} pointer={gestures.pointer} />
      <div class="visually-hidden" aria-live="polite">{gestures.spoken}</div>
    </div>
  );
}

function summary({title, statistic, rows, tile}: HeatmapProps): string {
  const extent = tile && tile.columns > 0 ? `, steps ${tile.firstStep[0]} to ${tile.lastStep[tile.columns - 1]}` : '';
  return `${statistic.title} of ${rows.length} variables${extent}, ${title}. Arrow keys move, plus and minus zoom, Enter selects, Escape resets.`;
}
