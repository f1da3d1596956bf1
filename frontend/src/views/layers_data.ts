/** What Layers shows, from the store and the server: rows and tiles by model, findings. */

import {useMemo} from 'preact/hooks';
import type {Pool, Run, Statistic, Tile, Variable} from '../api/types';
import type {Mark} from '../chart/marks';
import type {RowName} from '../chart/rows';
import {matcher} from '../format/regex';
import {useTiles, useVariables} from '../store/queries';
import type {Resource} from '../store/resource';
import {variableFilter, zoom} from '../store/state';
import {alignRows, byModel, tileRows} from './layers_rows';
import {useMarks} from './use_marks';

/** What is known of one run. */
export interface Source {
  readonly run: Run;
  readonly tile: Tile | null;
  readonly loading: boolean;
  readonly failure: string | null;
  readonly marks: readonly Mark[];
  readonly variables: readonly Variable[];
}

/** One run's heatmap. */
export interface Panel extends Source {
  /** For each row shown its row in the tile; −1: the run has no such variable. */
  readonly tileRows: Int32Array;
}

/** Runs of one model, on the same rows. */
export interface PanelGroup {
  readonly rows: readonly RowName[];
  readonly panels: readonly Panel[];
}

export interface LayersData {
  readonly sources: readonly Source[];
  /** The variables of all runs, those that the filter hides too. */
  readonly all: readonly RowName[];
  /** How many of them the filter leaves. */
  readonly shown: number;
  /** By name, of whichever run has it. */
  readonly variables: ReadonlyMap<string, Variable>;
  /** For each run the names of its variables. */
  readonly names: readonly ReadonlySet<string>[];
  /** Whether the names have not come yet. */
  readonly pending: boolean;
}

const NONE: readonly Variable[] = [];

export function useLayersData(runs: readonly Run[], statistic: Statistic, pool: Pool, columns: number): LayersData {
  const [first, last] = zoom.value ?? [null, null];
  const variables = useVariables(runs);
  const tiles = useTiles(runs, {statistic: statistic.name, first, last, columns, pool});
  const marks = useMarks(runs);
  const lists = variables.map((v) => v.value?.variables ?? NONE);
  const filter = variableFilter.value;
  const all = useMemo(() => alignRows(lists.map(namesOf)), lists);
  return {
    sources: runs.map((run, i) => ({run, ...shownTile(tiles[i], statistic), marks: marks[i] ?? [], variables: lists[i] ?? NONE})),
    all,
    shown: useMemo(() => all.filter(rowFits(filter)).length, [all, filter]),
    variables: useMemo(() => new Map(lists.flat().map((v) => [v.name, v])), lists),
    names: useMemo(() => lists.map((l) => new Set(namesOf(l))), lists),
    pending: variables.some((v) => v.value === null && v.loading),
  };
}

export function namesOf(list: readonly Variable[]): readonly string[] {
  return list.map((v) => v.name);
}

export function rowFits(filter: string): (row: RowName) => boolean {
  const matches = matcher(filter);
  return (row) => matches(row.name) || row.aliases.some(matches);
}

/** The runs of each model on rows of their own; models of which the filter leaves nothing are left out. */
export function useModels({sources}: LayersData): readonly PanelGroup[] {
  const filter = variableFilter.value;
  const lists = sources.map((s) => s.variables);
  const models = useMemo(() => {
    const found = byModel(lists.map(namesOf)).map((members) => {
      const rows = alignRows(members.map((run) => namesOf(lists[run] ?? NONE))).filter(rowFits(filter));
      return {rows, members: members.map((run) => ({run, tileRows: tileRows(rows, lists[run] ?? NONE)}))};
    });
    return found.filter((g) => g.rows.length > 0);
  }, [filter, ...lists]);
  return models.map(({rows, members}) => ({
    rows,
    panels: members.flatMap(({run, tileRows: places}) => (sources[run] ? [{...sources[run], tileRows: places}] : [])),
  }));
}

/** While a tile of another statistic is still on its way nothing is shown; an older zoom of the same one stays. */
function shownTile(answer: Resource<Tile> | undefined, statistic: Statistic): Pick<Source, 'tile' | 'loading' | 'failure'> {
  const tile = answer?.value ?? null;
  return {
    tile: tile?.statistic === statistic.name ? tile : null,
    loading: answer?.loading ?? true,
    failure: answer?.error ? answer.error.message : null,
  };
}
