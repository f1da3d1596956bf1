/** What Layers shows, from the store and the server: rows and tiles by model, findings. */

import {useMemo} from 'preact/hooks';
import type {Pool, Run, Statistic, Tile, Variable} from '../api/types';
import type {Mark} from '../chart/marks';
import type {RowName} from '../chart/rows';
import {matcher} from '../format/regex';
import {useTiles, useVariables} from '../store/queries';
import type {Resource} from '../store/resource';
import {rowLevel, toggledGroups, variableFilter, variableKind, zoom, type Kind} from '../store/state';
import {alignRows, byModel, tileRows} from './layers_rows';
import {collapse, type Member} from './layers_tree';
import {useMarks} from './use_marks';
import {kindOf} from './variable_kind';

/** What is known of one run. */
export interface Source {
  readonly run: Run;
  readonly tile: Tile | null;
  readonly loading: boolean;
  readonly failure: string | null;
  readonly marks: readonly Mark[];
  /** Its rows: variables, and groups that are closed. */
  readonly variables: readonly Member[];
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
  /** The variables of each run, whatever is closed. */
  readonly full: readonly (readonly Variable[])[];
  /** The variables of all runs, those that the filter hides too. */
  readonly all: readonly RowName[];
  /** The kinds of variables that there are. */
  readonly kinds: readonly Kind[];
  /** Whether filter and kind leave a row. */
  readonly fits: (row: RowName) => boolean;
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
  const tree = {level: rowLevel.value, toggled: toggledGroups.value};
  const tiles = useTiles(runs, {statistic: statistic.name, first, last, columns, pool, ...tree});
  const marks = useMarks(runs);
  const full = variables.map((v) => v.value?.variables ?? NONE);
  const lists = useMemo(() => full.map((list) => collapse(list, tree)), [tree.level, tree.toggled, ...full]);
  const kindByName = useMemo(() => new Map(full.flat().map((v) => [v.name, kindOf(v)])), full);
  const [filter, kind] = [variableFilter.value, variableKind.value];
  const fits = useMemo(() => rowFits(filter, kind, kindByName), [filter, kind, kindByName]);
  const all = useMemo(() => alignMembers(lists), [lists]);
  return {
    sources: runs.map((run, i) => ({run, ...shownTile(tiles[i], statistic, lists[i] ?? NONE), marks: marks[i] ?? [], variables: lists[i] ?? NONE})),
    full,
    all,
    kinds: useMemo(() => [...new Set(kindByName.values())], [kindByName]),
    fits,
    shown: useMemo(() => all.filter(fits).length, [all, fits]),
    variables: useMemo(() => new Map(lists.flat().map((v) => [v.name, v])), [lists]),
    names: useMemo(() => lists.map((l) => new Set(namesOf(l))), [lists]),
    pending: variables.some((v) => v.value === null && v.loading),
  };
}

export function namesOf(list: readonly Variable[]): readonly string[] {
  return list.map((v) => v.name);
}

/** The rows of several runs in one order; a group also answers to the names of its variables. */
export function alignMembers(lists: readonly (readonly Member[])[]): readonly RowName[] {
  const members = new Map(lists.flat().flatMap((v) => (v.members ? [[v.name, v.members] as const] : [])));
  const rows = alignRows(lists.map(namesOf));
  if (members.size === 0) return rows;
  return rows.map((row) => ({...row, aliases: [...row.aliases, ...[row.name, ...row.aliases].flatMap((name) => members.get(name) ?? [])]}));
}

/** Whether a row, or any variable that it stands for, has a name with a match and is of the kind. */
export function rowFits(filter: string, kind: Kind | null = null, kinds: ReadonlyMap<string, Kind> = new Map()): (row: RowName) => boolean {
  const matches = matcher(filter);
  const fits = (name: string): boolean => matches(name) && (kind === null || kinds.get(name) === kind);
  return (row) => fits(row.name) || row.aliases.some(fits);
}

/** The runs of each model on rows of their own; models of which the filter leaves nothing are left out. */
export function useModels({sources, fits}: LayersData): readonly PanelGroup[] {
  const lists = sources.map((s) => s.variables);
  const models = useMemo(() => {
    const found = byModel(lists.map(namesOf)).map((members) => {
      const rows = alignMembers(members.map((run) => lists[run] ?? NONE)).filter(fits);
      return {rows, members: members.map((run) => ({run, tileRows: tileRows(rows, lists[run] ?? NONE)}))};
    });
    return found.filter((g) => g.rows.length > 0);
  }, [fits, ...lists]);
  return models.map(({rows, members}) => ({
    rows,
    panels: members.flatMap(({run, tileRows: places}) => (sources[run] ? [{...sources[run], tileRows: places}] : [])),
  }));
}

/** While a tile of another statistic, or of other rows, is still on its way nothing is shown; an older zoom of the same one stays. */
function shownTile(answer: Resource<Tile> | undefined, statistic: Statistic, rows: readonly Member[]): Pick<Source, 'tile' | 'loading' | 'failure'> {
  const tile = answer?.value ?? null;
  return {
    tile: tile?.statistic === statistic.name && sameRows(tile, rows) ? tile : null,
    loading: answer?.loading ?? true,
    failure: answer?.error ? answer.error.message : null,
  };
}

function sameRows({names, rows}: Tile, members: readonly Member[]): boolean {
  return rows === members.length && (names.length === 0 || (names[0] === members[0]?.name && names.at(-1) === members.at(-1)?.name));
}
