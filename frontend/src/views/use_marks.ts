/** The findings that charts mark, for each run. */

import {useMemo} from 'preact/hooks';
import type {Run} from '../api/types';
import type {Mark} from '../chart/marks';
import {marksOf} from '../chart/marks';
import {heard} from '../store/actions';
import {useDiagnoses} from '../store/queries';
import {muted} from '../store/state';

export function useMarks(runs: readonly Run[]): readonly (readonly Mark[])[] {
  const diagnoses = useDiagnoses(runs);
  return useMemo(
    () => runs.map((run, i) => marksOf(run.run, heard(run.run, diagnoses[i]?.value?.findings ?? []).filter((f) => f.severity !== 'info'))),
    [muted.value, ...diagnoses.map((d) => d.value)],
  );
}
