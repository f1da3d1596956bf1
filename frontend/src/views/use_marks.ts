/** The findings that charts mark, for each run. */

import {useMemo} from 'preact/hooks';
import type {Run} from '../api/types';
import type {Mark} from '../chart/marks';
import {marksOf} from '../chart/marks';
import {useDiagnoses} from '../store/queries';

export function useMarks(runs: readonly Run[]): readonly (readonly Mark[])[] {
  const diagnoses = useDiagnoses(runs);
  return useMemo(
    () => runs.map((run, i) => marksOf(run.run, (diagnoses[i]?.value?.findings ?? []).filter((f) => f.severity !== 'info'))),
    diagnoses.map((d) => d.value),
  );
}
