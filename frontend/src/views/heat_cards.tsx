/** Heatmaps of several runs on one range of colours, one zoom and one crosshair: a card for every model, or for as many runs as fit. */

import {useMemo} from 'preact/hooks';
import type {Run, Variable} from '../api/types';
import {measurer, useWindowHeight} from '../chart/canvas';
import {font} from '../chart/heat_draw';
import {BARE_AXIS, MARGIN, plotHeight, type Plotted} from '../chart/heat_layout';
import {axisRoom, axisWidths} from '../chart/heat_scene';
import type {HeatActions} from '../chart/heat_props';
import {ColourLegend} from '../chart/legend';
import {rowsBetween, type RowName, type RowView} from '../chart/rows';
import {useInk} from '../chart/use_ink';
import {openFinding, zoomTo} from '../store/actions';
import {colourRange, cursorStep, palette, pool, rowLevel, rowOrder, rowZoom, selectedVariables, toggledGroups, trimmed, zoom} from '../store/state';
import type {PanelGroup} from './layers_data';
import {HeatPanel} from './heat_panel';
import {ProfilePanel} from './layers_profile';
import {allSteps, visibleSteps} from './layers_rows';
import {groupsOfRow, toggle} from './layers_tree';
import {ordered} from './row_order';
import {centreOf, colourMapOf, fullRange, shownRange} from './statistic_style';

/** Of the window's height, in CSS pixels, what stands above and below the heatmaps. */
const OTHER_HEIGHT = 372;
/** Narrower than this, in CSS pixels, each heatmap stands alone. */
const NARROW = 700;
/** Fewest CSS pixels of a plot beside another. */
const LEAST_PLOT = 230;
/** What stands beside the plots: the depth profile, and the names of rows. */
const PROFILE_WIDTH = 230;
const NAMES_WIDTH = 170;
const MOST_IN_A_CARD = 4;

interface HeatCardsProps {
  readonly groups: readonly PanelGroup[];
  /** The variables of each run, whatever is closed. */
  readonly full: readonly (readonly Variable[])[];
  readonly variables: ReadonlyMap<string, Variable>;
  readonly statistic: Plotted;
  readonly width: number;
  /** Whether the depth profile stands beside them. */
  readonly profile: boolean;
}

/** How many heatmaps fit beside each other, of `count` in all; 1: each stands alone. Pure. */
export function inACard(width: number, count: number, profile: boolean): number {
  const room = width - NAMES_WIDTH - (profile ? PROFILE_WIDTH : 0);
  const fitting = Math.min(MOST_IN_A_CARD, Math.max(1, Math.floor(room / LEAST_PLOT)));
  const cards = Math.ceil(count / fitting);
  return width < NARROW ? 1 : Math.ceil(count / cards); // 3 and 3 rather than 4 and 2
}

interface Card extends PanelGroup {
  /** Those of the whole model, whose steps all its cards show. */
  readonly runs: readonly Run[];
}

/** Groups of no more panels than fit beside each other. */
function cardsOf({groups, width, profile}: HeatCardsProps): readonly Card[] {
  return groups.flatMap(({rows, panels}) => {
    const most = width < NARROW ? MOST_IN_A_CARD : inACard(width, panels.length, profile);
    const cards = Array.from({length: Math.ceil(panels.length / most)}, (_, i) => panels.slice(i * most, (i + 1) * most));
    return cards.map((some) => ({rows, panels: some, runs: panels.map((p) => p.run)}));
  });
}

export function HeatCards(given: HeatCardsProps) {
  const props = {...given, groups: useOrdered(given.groups)};
  const common = useCommon(props);
  return (
    <>
      {cardsOf(props).map((group, i) => (
        <HeatCard key={group.panels[0]?.run.run} group={group} common={common} first={i === 0} {...props} />
      ))}
      <p class="chart-hint">Drag to zoom, double-click or Esc to reset, Shift+drag to pan, Alt+wheel to zoom. Click a row to plot it below, the arrow before a layer to open or close it, a flag to read its finding.</p>
    </>
  );
}

/** The rows in the order that was chosen, made anew only when something that it depends on has changed. */
function useOrdered(groups: readonly PanelGroup[]): readonly PanelGroup[] {
  const order = rowOrder.value;
  const panels = groups.flatMap((g) => g.panels);
  const sorted = useMemo(
    () => groups.map((g) => ordered(g, order)),
    [order, ...groups.map((g) => g.rows), ...panels.flatMap((p) => [p.tile, p.tileRows, p.marks])],
  );
  if (order === 'depth') return groups;
  return sorted.map(({rows, panels: some}, g) => ({rows, panels: some.map((p, i) => ({...groups[g]?.panels[i], ...p}))}));
}

/** What all heatmaps of a view have in common. */
function useCommon({groups, statistic}: HeatCardsProps) {
  const ink = useInk();
  const tiles = groups.flatMap((g) => g.panels).map((p) => p.tile);
  const range = colourRange.value;
  const chosen = range?.of === statistic.title ? range : null;
  return {
    statistic,
    ink,
    pool: pool.value,
    map: colourMapOf(statistic, palette.value),
    shown: useMemo(() => chosen ?? shownRange(statistic, tiles.flatMap((t) => t ?? []), trimmed.value), [statistic, trimmed.value, chosen, ...tiles]),
    full: useMemo(() => fullRange(statistic, tiles.flatMap((t) => t ?? [])), [statistic, ...tiles]),
    chosen,
    selected: useMemo(() => new Set(selectedVariables.value), [selectedVariables.value]),
  };
}

interface HeatCardProps extends HeatCardsProps {
  readonly group: Card;
  readonly common: ReturnType<typeof useCommon>;
  readonly first: boolean;
}

function HeatCard({group, common, first, full, variables, statistic, width, profile}: HeatCardProps) {
  const {rows, panels, runs} = group;
  const {ink} = common;
  const room = useWindowHeight() - OTHER_HEIGHT;
  const rowView = useMemo(() => rowsBetween(rows, rowZoom.value) ?? {first: 0, count: rows.length}, [rows, rowZoom.value]);
  const steps = useSteps(runs);
  const axis = useMemo(() => axisWidths(rows, measurer(font(ink, 600))), [rows, ink]);
  const actions = useMemo(() => actionsOf(rows, full), [rows, full]);
  const height = plotHeight(rows.length, room) + MARGIN.top + MARGIN.bottom;
  const narrow = width < NARROW;
  return (
    <section class="chart-card" aria-label={`${statistic.title} by layer and step, ${panels.map((p) => p.run.run).join(', ')}`}>
      {first && <ColourLegend map={common.map} full={common.full} shown={common.shown} centre={centreOf(statistic)} statistic={statistic} theme={ink.theme} cover={common.chosen ? 'chosen' : trimmed.value ? 'most' : 'all'} onRange={(range) => (colourRange.value = range && {of: statistic.title, ...range})} />}
      <div class="layers-grid" data-narrow={narrow}>
        {panels.map((panel, i) => (
          <HeatPanel
            key={panel.run.run}
            basis={i === 0 ? axisRoom(axis) : BARE_AXIS}
            panel={panel}
            heatmap={{...common, ...panel, ...steps, rows, rowView, height, actions, title: panel.run.run, axis: narrow || i === 0 ? axis : null}}
          />
        ))}
        {profile && <ProfilePanel group={group} variables={variables} statistic={statistic} rowView={rowView} height={height} ink={ink} actions={actions} />}
      </div>
    </section>
  );
}

/** The steps that there are, and those that are visible. */
function useSteps(runs: readonly Run[]) {
  const all = JSON.stringify(allSteps(runs));
  return useMemo(() => {
    const domain = visibleSteps(runs, zoom.value) ?? {from: 0, to: 1};
    return {domain, bounds: allSteps(runs) ?? domain};
  }, [all, zoom.value]);
}

function actionsOf(rows: readonly RowName[], full: HeatCardsProps['full']): HeatActions {
  return {
    zoomSteps: zoomTo,
    zoomRows: (view) => {
      rowZoom.value = view && endsOf(rows, view);
    },
    chooseStep: (step) => {
      cursorStep.value = step;
    },
    chooseVariable: (name, add) => {
      const now = selectedVariables.value;
      if (!add) selectedVariables.value = now.length === 1 && now[0] === name ? now : [name];
      else selectedVariables.value = now.includes(name) ? now.filter((n) => n !== name) : [...now, name];
    },
    openMark: openFinding,
    toggleGroup: (row) => {
      const level = rowLevel.value;
      const next = toggle({level, toggled: toggledGroups.value}, rows[row] ? groupsOfRow(rows[row], full, level) : []);
      toggledGroups.value = next.toggled;
    },
  };
}

/** The names at the ends of a view of rows; null: it shows them all. */
function endsOf(rows: readonly RowName[], {first, count}: RowView): readonly [string, string] | null {
  const [top, bottom] = [rows[first]?.name, rows[first + count - 1]?.name];
  return top === undefined || bottom === undefined || count >= rows.length ? null : [top, bottom];
}
