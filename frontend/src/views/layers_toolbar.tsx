/** What Layers shows, and how: statistic, pooling, colours, which variables. */

import type {ComponentChildren} from 'preact';
import {batch} from '@preact/signals';
import {useMemo} from 'preact/hooks';
import type {Pool, Statistic} from '../api/types';
import {valid} from '../format/regex';
import type {Kind, Palette, RowOrder} from '../store/state';
import {colourRange, palette, pool, rowLevel, rowOrder, rowZoom, statistic as chosen, trimmed, variableFilter, variableKind} from '../store/state';
import {closeLevel} from '../store/actions';
import {counted} from '../format/numbers';
import type {LayersData} from './layers_data';
import {levelsOf} from './layers_tree';
import {Menu} from './menu';
import {Choice, StatisticPicker} from './statistic_picker';

const POOLS: readonly (readonly [Pool, string])[] = [['max', 'max'], ['median', 'median'], ['min', 'min'], ['last', 'last']];
const PALETTES: readonly (readonly [Palette, string])[] = [['viridis', 'viridis'], ['cividis', 'cividis']];

const ORDERS: readonly (readonly [RowOrder, string])[] = [['depth', 'depth'], ['findings', 'worst finding'], ['largest', 'largest value'], ['smallest', 'smallest value'], ['name', 'name']];
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
      {children}
      <Select label="Order of rows" value={rowOrder.value} options={ORDERS} onChange={chooseOrder} />
      {data.kinds.length > 1 && (
        <Select label="Kind" value={variableKind.value ?? ''} options={[['', 'all'], ...data.kinds.map((k) => [k, k] as const)]} onChange={(k) => (variableKind.value = k === '' ? null : k)} />
      )}
      <Menu title="Display">
        <Choice label="Steps in a column" value={pool.value} options={POOLS} onChange={(p) => (pool.value = p)} />
        {ownRange && <Choice label="Colours cover" value={trimmed.value ? 'most' : 'all'} options={COVERS} onChange={chooseCover} />}
        {colours && <Choice label="Colours" value={palette.value} options={PALETTES} onChange={(p) => (palette.value = p)} />}
      </Menu>
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

function chooseOrder(order: RowOrder): void {
  batch(() => {
    rowOrder.value = order;
    rowZoom.value = null; // its ends are rows that may no longer lie together
  });
}

function chooseCover(cover: 'all' | 'most'): void {
  batch(() => {
    trimmed.value = cover === 'most';
    colourRange.value = null;
  });
}

interface SelectProps<T extends Kind | RowOrder | ''> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, text: string])[];
  readonly onChange: (value: T) => void;
}

/** One of several options, most of them out of sight. */
function Select<T extends Kind | RowOrder | ''>({label, value, options, onChange}: SelectProps<T>) {
  const choose = (text: string): void => options.forEach(([option]) => option === text && onChange(option));
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(e) => choose(e.currentTarget.value)}>
        {options.map(([option, text]) => <option key={option} value={option}>{text}</option>)}
      </select>
    </label>
  );
}
