/** What a line chart is given. */

import type {XAxis} from '../store/state';
import type {Ink} from './ink';
import type {Interval} from './interval';
import type {Band} from './lines_draw';
import type {LineInput} from './lines_model';
import type {Mark} from './marks';

export interface LineChartProps {
  /** What is plotted, for people and screen readers. */
  readonly title: string;
  readonly lines: readonly LineInput[];
  readonly log: boolean;
  readonly smoothing: number;
  readonly xAxis: XAxis;
  /** In the unit of the horizontal axis. */
  readonly domain: Interval;
  readonly bounds: Interval;
  /** Ends of the vertical axis that do not depend on the data. */
  readonly fixed: readonly [number | null, number | null];
  /** Whether the vertical axis leaves out the outermost values; they are marked at its edge. */
  readonly trimmed: boolean;
  readonly bands: readonly Band[];
  readonly marks: readonly Mark[];
  readonly ink: Ink;
  readonly height: number;
  readonly zoomSteps: (range: readonly [number, number] | null) => void;
  /** A person wants to read about a finding that is marked. */
  readonly openMark: (mark: Mark) => void;
}
