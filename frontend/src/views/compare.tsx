/** Compare: each run against the baseline, as a map of the ratio between them. */

import type {ViewProps} from './view_props';

export function Compare({runs}: ViewProps) {
  return <p>{runs.length}</p>;
}
