/** What every view is given. */
import type {Run} from '../api/types';

export interface ViewProps {
  /** The runs to show, at most eight, the baseline first. Never empty. */
  readonly runs: readonly Run[];
}
