/** What a heatmap is given, and what it can be asked for. */

import type {Pool, Tile} from '../api/types';
import type {ColourMap} from './colour';
import type {Point} from './drag';
import type {AxisWidths} from './heat_draw';
import type {Plotted} from './heat_layout';
import type {Ink} from './ink';
import type {Interval} from './interval';
import type {Mark} from './marks';
import type {RowName, RowView} from './rows';
import type {WindowPoint} from './tip';

/** Where the pointer is: on the heatmap, and in the window. */
export interface Pointer extends Point, WindowPoint {}

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
  /** A person wants to read about a finding that is marked. */
  readonly openMark: (mark: Mark) => void;
  /** Opens or closes the group of a row. */
  readonly toggleGroup: (row: number) => void;
}
