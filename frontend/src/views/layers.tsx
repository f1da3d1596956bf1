/** Layers: a statistic of every variable at every step, run beside run on one scale, with its depth profile. */

import {useMemo, useRef, useState} from 'preact/hooks';
import type {Run, Statistic} from '../api/types';
import {measurer, pixelScale, useWidth, useWindowHeight} from '../chart/canvas';
import {font} from '../chart/heat_draw';
import {BARE_AXIS, MARGIN, plotHeight} from '../chart/heat_layout';
import {axisRoom, axisWidths} from '../chart/heat_scene';
import {Heatmap, type HeatActions} from '../chart/heatmap';
import {ColourLegend} from '../chart/legend';
import type {RowView} from '../chart/rows';
import {chartStyles} from '../chart/styles';
import {useInk} from '../chart/use_ink';
import {zoomTo} from '../store/actions';
import {cursorStep, palette, selectedVariables, statistic as chosen, statistics, variableFilter, zoom} from '../store/state';
import {LayersToolbar} from './layers_toolbar';
import {MOST_HEATMAPS, useLayersData, type LayersData} from './layers_data';
import {pool, trimmed} from './layers_options';
import {PanelHead} from './layers_head';
import {ProfilePanel} from './layers_profile';
import {allSteps, visibleSteps} from './layers_rows';
import {SelectedVariables} from './layers_selected';
import {Skeleton} from './skeleton';
import {centreOf, colourMapOf, shownRange} from './statistic_style';
import type {ViewProps} from './view_props';

chartStyles();

/** A tile is asked for in multiples of this many columns, so that a few pixels more need no new one. */
const COLUMN_GRAIN = 200;
const MOST_COLUMNS = 2000;
/** Of the window's height, in CSS pixels, what stands above and below the heatmaps. */
const OTHER_HEIGHT = 330;

export function Layers({runs}: ViewProps) {
  const known = statistics.value.filter((s) => s.scope === 'variable');
  const statistic = known.find((s) => s.name === chosen.value) ?? known[0];
  if (!statistic) return <Skeleton label="Loading statistics" />;
  return <LayersOf runs={runs.slice(0, MOST_HEATMAPS)} hidden={runs.length - MOST_HEATMAPS} statistic={statistic} known={known} />;
}

interface Props {
  readonly runs: readonly Run[];
  /** Runs beyond those that fit. */
  readonly hidden: number;
  readonly statistic: Statistic;
  readonly known: readonly Statistic[];
}

function LayersOf({runs, hidden, statistic, known}: Props) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const data = useLayersData(runs, statistic, pool.value, columnsFor(width, runs.length));
  return (
    <div class="layers" ref={box}>
      <LayersToolbar statistic={statistic} known={known} shown={data.rows.length} total={data.total} colours={centreOf(statistic) === null} />
      {hidden > 0 && <p class="sub">Showing {MOST_HEATMAPS} of {hidden + MOST_HEATMAPS} runs. Untick runs on the left to see others.</p>}
      {data.pending ? <Skeleton label="Loading variables" /> : <Heatmaps runs={runs} statistic={statistic} data={data} width={width} />}
      <SelectedVariables runs={runs} statistic={statistic} data={data} />
    </div>
  );
}

function columnsFor(width: number, runs: number): number {
  const pixels = (Math.max(400, width) / Math.min(2, Math.max(1, runs))) * pixelScale();
  return Math.min(MOST_COLUMNS, Math.ceil(pixels / COLUMN_GRAIN) * COLUMN_GRAIN);
}

interface HeatmapsProps {
  readonly runs: readonly Run[];
  readonly statistic: Statistic;
  readonly data: LayersData;
  readonly width: number;
  /** Whether the depth profile stands beside them. */
  readonly profile?: boolean;
}

/** The runs' heatmaps on one range of colours, one zoom and one crosshair. */
export function Heatmaps(props: HeatmapsProps) {
  const {statistic, data, width, profile = true} = props;
  const common = useCommon(props);
  if (data.rows.length === 0) {
    return <p class="chart-empty">{`No matches for variable filter /${variableFilter.value}/ out of ${data.total} variables.`}</p>;
  }
  const {axis, rowView, height, ink, actions} = common;
  const layout = arrangement(width, data.panels.length, axisRoom(axis));
  return (
    <section class="chart-card" aria-label={`${statistic.title} by layer and step`}>
      <ColourLegend map={common.map} shown={common.shown} statistic={statistic} theme={ink.theme} />
      <div class="layers-grid" data-narrow={layout.narrow}>
        {data.panels.map((panel, i) => (
          <figure key={panel.run.run} class="layers-panel" style={{flexGrow: 1, flexBasis: `${layout.basis(i)}px`}}>
            <PanelHead panel={panel} statistic={statistic} rows={data.rows} pool={pool.value} />
            <Heatmap {...common} {...panel} title={panel.run.run} axis={layout.named(i) ? axis : null} />
          </figure>
        ))}
        {profile && <ProfilePanel data={data} statistic={statistic} rowView={rowView} height={height} ink={ink} actions={actions} />}
      </div>
      <p class="chart-hint">Drag to zoom, double-click or Esc to reset, Shift+drag to pan, Alt+wheel to zoom. Click a row to plot it below.</p>
    </section>
  );
}

/** What all heatmaps beside each other have in common. */
function useCommon({runs, statistic, data: {rows, panels}}: HeatmapsProps) {
  const ink = useInk();
  const [rowZoom, setRowZoom] = useState<RowView | null>(null);
  const rowView = useMemo(() => ({first: 0, count: rows.length, ...fitting(rowZoom, rows.length)}), [rowZoom, rows]);
  const tiles = panels.map((p) => p.tile);
  const domain = useMemo(() => visibleSteps(runs, zoom.value) ?? {from: 0, to: 1}, [JSON.stringify(allSteps(runs)), zoom.value]);
  return {
    statistic,
    rows,
    rowView,
    domain,
    ink,
    pool: pool.value,
    map: colourMapOf(statistic, palette.value),
    axis: useMemo(() => axisWidths(rows, measurer(font(ink, 600))), [rows, ink]),
    shown: useMemo(() => shownRange(statistic, tiles.flatMap((t) => t ?? []), trimmed.value), [statistic, trimmed.value, ...tiles]),
    bounds: useMemo(() => allSteps(runs) ?? domain, [domain]),
    selected: useMemo(() => new Set(selectedVariables.value), [selectedVariables.value]),
    actions: useMemo(() => actionsOf(setRowZoom), []),
    height: plotHeight(rows.length, useWindowHeight() - OTHER_HEIGHT) + MARGIN.top + MARGIN.bottom,
  };
}

/** The view, unless the rows it speaks of are gone. */
function fitting(view: RowView | null, rows: number): Partial<RowView> {
  return view && view.first + view.count <= rows ? view : {};
}

const NARROW = 760;

interface Arrangement {
  /** Each heatmap stands alone. */
  readonly narrow: boolean;
  readonly named: (i: number) => boolean;
  /** CSS pixels before what is left is shared, so that all plots are equally wide. */
  readonly basis: (i: number) => number;
}

/** Which heatmaps stand beside each other, and which carry the names, `names` CSS pixels wide. */
function arrangement(width: number, count: number, names: number): Arrangement {
  const narrow = width < NARROW + 220 * Math.max(0, count - 2);
  return {narrow, named: (i) => narrow || i === 0, basis: (i) => (i === 0 ? names : BARE_AXIS)};
}

function actionsOf(setRowZoom: (view: RowView | null) => void): HeatActions {
  return {
    zoomSteps: zoomTo,
    zoomRows: setRowZoom,
    chooseStep: (step) => {
      cursorStep.value = step;
    },
    chooseVariable: (name, add) => {
      const now = selectedVariables.value;
      if (!add) selectedVariables.value = now.length === 1 && now[0] === name ? now : [name];
      else selectedVariables.value = now.includes(name) ? now.filter((n) => n !== name) : [...now, name];
    },
  };
}
