/** A heatmap of one run: variables by steps, with crosshair, zoom, keyboard and a reading of every cell. */

import {useMemo, useRef} from 'preact/hooks';
import {useWidth} from './canvas';
import {columnsOf, columnsOfTile} from './columns';
import {useGestures} from './heat_gestures';
import {heatLayout} from './heat_layout';
import {usePicture} from './heat_picture';
import type {HeatmapProps} from './heat_props';
import {HeatTip} from './heat_tip';
import {NO_AXIS, roomFor} from './heat_scene';
import {useOverlay} from './heat_overlay_hook';

const NO_COLUMNS = columnsOf([], []);

export function Heatmap(props: HeatmapProps) {
  const box = useRef<HTMLDivElement>(null);
  const picture = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const width = useWidth(box);
  const room = roomFor(props.axis);
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
