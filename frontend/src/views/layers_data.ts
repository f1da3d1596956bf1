/** What Layers shows, from the store and the server: rows, tiles on one range of colours, findings. */

import {useMemo} from 'preact/hooks';
import type {Pool, Run, Statistic, Tile, Variable} from '../api/types';
import type {Mark} from '../chart/marks';
import {marksOf} from '../chart/marks';
import type {RowName} from '../chart/rows';
import {matcher} from '../format/regex';
import {useDiagnoses, useTiles, useVariables} from '../store/queries';
import type {Resource} from '../store/resource';
import {variableFilter, zoom} from '../store/state';
import {alignRows, tileRows} from './layers_rows';

/** Heatmaps side by side; more would be too narrow to read. */
export const MOST_HEATMAPS = 4;

/** One run's heatmap. */
export interface Panel {
  readonly run: Run;
  readonly tile: Tile | null;
  readonly loading: boolean;
  readonly failure: string | null;
  readonly tileRows: Int32Array;
  readonly marks: readonly Mark[];
}

export interface LayersData {
  readonly rows: readonly RowName[];
  /** Rows before the filter. */
  readonly total: number;
  readonly panels: readonly Panel[];
  /** By name, of whichever run has it. */
  readonly variables: ReadonlyMap<string, Variable>;
  /** All rows, those that the filter hides too. */
  readonly all: readonly RowName[];
  /** For each run the names of its variables. */
  readonly names: readonly ReadonlySet<string>[];
  /** Whether the names have not come yet. */
  readonly pending: boolean;
}

export function useLayersData(runs: readonly Run[], statistic: Statistic, pool: Pool, columns: number): LayersData {
  const [first, last] = zoom.value ?? [null, null];
  const variables = useVariables(runs);
  const tiles = useTiles(runs, {statistic: statistic.name, first, last, columns, pool});
  const diagnoses = useDiagnoses(runs);
  const lists = variables.map((v) => v.value?.variables ?? []);
  const filter = variableFilter.value;
  const all = useMemo(() => alignRows(lists.map((l) => l.map((v) => v.name))), lists);
  const rows = useMemo(() => all.filter((r) => [r.name, ...r.aliases].some(matcher(filter))), [all, filter]);
  const places = useMemo(() => lists.map((l) => tileRows(rows, l)), [rows, ...lists]);
  const marks = useMemo(
    () => runs.map((run, i) => marksOf(run.run, (diagnoses[i]?.value?.findings ?? []).filter((f) => f.severity !== 'info'))),
    diagnoses.map((d) => d.value),
  );
  const panels = runs.map((run, i) => ({
    run,
    ...shownTile(tiles[i], statistic),
    tileRows: places[i] ?? new Int32Array(rows.length).fill(-1),
    marks: marks[i] ?? [],
  }));
  return {
    rows,
    total: all.length,
    panels,
    variables: useMemo(() => new Map(lists.flat().map((v) => [v.name, v])), lists),
    all,
    names: useMemo(() => lists.map((l) => new Set(l.map((v) => v.name))), lists),
    pending: variables.some((v) => v.value === null && v.loading),
  };
}

/** While a tile of another statistic is still on its way nothing is shown; an older zoom of the same one stays. */
function shownTile(answer: Resource<Tile> | undefined, statistic: Statistic): Pick<Panel, 'tile' | 'loading' | 'failure'> {
  const tile = answer?.value ?? null;
  return {
    tile: tile?.statistic === statistic.name ? tile : null,
    loading: answer?.loading ?? true,
    failure: answer?.error ? answer.error.message : null,
  };
}
