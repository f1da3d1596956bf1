/** What Layers shows, and how: statistic, pooling, colours, which variables. */

import type {ComponentChildren} from 'preact';
import {useMemo} from 'preact/hooks';
import type {Pool, Statistic} from '../api/types';
import {valid} from '../format/regex';
import type {Palette} from '../store/state';
import {palette, pool, rowLevel, statistic as chosen, trimmed, variableFilter} from '../store/state';
import {closeLevel} from '../store/actions';
import {counted} from '../format/numbers';
import type {LayersData} from './layers_data';
import {levelsOf} from './layers_tree';
import {Choice, StatisticPicker} from './statistic_picker';

const POOLS: readonly (readonly [Pool, string])[] = [['max', 'max'], ['median', 'median'], ['min', 'min'], ['last', 'last']];
const PALETTES: readonly (readonly [Palette, string])[] = [['viridis', 'viridis'], ['cividis', 'cividis']];

const COVERS: readonly (readonly ['all' | 'most', string])[] = [['all', 'all'], ['most', '98 %']];

interface Props {
  readonly statistic: Statistic;
  readonly known: readonly Statistic[];
  readonly data: LayersData;
  /** What else the view lets choose. */
  readonly children?: ComponentChildren;
  /** Whether the map of colours can be chosen. */
  readonly colours: boolean;
}

export function LayersToolbar({statistic, known, data, colours, children}: Props) {
  const [shown, total] = [data.shown, data.all.length];
  const levels = useMemo(() => (['blocks', 'layers', 'variables'] as const).filter((l) => data.full.some((list) => levelsOf(list).includes(l))), data.full);
  const ownRange = statistic.scale === 'log' || statistic.low === null;
  return (
    <div class="toolbar" role="toolbar" aria-label="Layers">
      <StatisticPicker statistics={known} value={statistic} onChange={(name) => (chosen.value = name)} />
      {levels.length > 0 && <Choice label="A row for each" value={rowLevel.value} options={levels.map((l) => [l, l.slice(0, -1)] as const)} onChange={closeLevel} />}
      <Choice label="Steps in a column" value={pool.value} options={POOLS} onChange={(p) => (pool.value = p)} />
      {ownRange && (
        <Choice label="Colours cover" value={trimmed.value ? 'most' : 'all'} options={COVERS} onChange={(c) => (trimmed.value = c === 'most')} />
      )}
      {colours && (
        <Choice label="Colours" value={palette.value} options={PALETTES} onChange={(p) => (palette.value = p)} />
      )}
      {children}
      <label class="field grow">
        <span>Variables<span class="tabular" role="status">: {shown === total ? counted(total, 'row') : `${shown} of ${counted(total, 'row')}`}</span></span>
        <input
          type="search"
          placeholder="Filter by regex"
          value={variableFilter.value}
          aria-invalid={!valid(variableFilter.value)}
          onInput={(e) => (variableFilter.value = e.currentTarget.value)}
        />
      </label>
    </div>
  );
}
