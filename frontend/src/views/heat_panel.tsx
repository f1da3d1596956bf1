/** One run's heatmap under its name, with what can be taken from it. */

import {useRef, useState} from 'preact/hooks';
import {pixelScale} from '../chart/canvas';
import {colourAt, css} from '../chart/colour';
import {drawingOf} from '../chart/heat_picture';
import type {HeatmapProps} from '../chart/heat_props';
import {heatSvg} from '../chart/heat_svg';
import {Heatmap} from '../chart/heatmap';
import {pictureOf, savePng} from '../chart/picture';
import {saveSvg} from '../chart/svg';
import {formatNumber} from '../format/numbers';
import {DataTable, ExportMenu} from './export_menu';
import type {Panel} from './layers_data';
import {PanelHead} from './layers_head';
import {tileTable} from './tables';

interface HeatPanelProps {
  /** CSS pixels before what is left is shared, so that all plots are equally wide. */
  readonly basis: number;
  readonly panel: Panel;
  readonly heatmap: HeatmapProps;
}

export function HeatPanel({basis, panel, heatmap}: HeatPanelProps) {
  const [tableOpen, setTableOpen] = useState(false);
  const figure = useRef<HTMLElement>(null);
  const {statistic, rows, pool, tile, tileRows} = heatmap;
  const runs = [panel.run.run];
  const title = `${statistic.title}, ${panel.run.run}`;
  const png = (name: string): void => {
    const canvas = figure.current?.querySelector('canvas');
    if (canvas) savePng(pictureOf({canvas, title, keys: [], scale: scaleOf(heatmap), ink: heatmap.ink}, pixelScale()), name);
  };
  const svg = (name: string): void => {
    const width = figure.current?.querySelector<HTMLElement>('.heatmap')?.clientWidth;
    if (width) saveSvg(heatSvg({title, ...drawingOf(heatmap, width), scale: scaleOf(heatmap)}), name);
  };
  return (
    <figure class="layers-panel" ref={figure} aria-busy={panel.tile === null && panel.loading} style={{flexGrow: 1, flexBasis: `${basis}px`}}>
      <PanelHead panel={panel} statistic={statistic} rows={rows} pool={pool}>
        <ExportMenu title={title} statistic={statistic.name} runs={runs} tableOpen={tableOpen} onTable={() => setTableOpen(!tableOpen)} onPng={png} onSvg={svg} />
      </PanelHead>
      <Heatmap {...heatmap} />
      {tableOpen && tile && <DataTable caption={title} table={tileTable(tile, tileRows, rows, statistic)} statistic={statistic.name} runs={runs} />}
    </figure>
  );
}

const STOPS = 40;

function scaleOf({map, shown, statistic}: HeatmapProps) {
  const text = (at: number): string => formatNumber(statistic.scale === 'log' ? 10 ** at : at);
  return {colours: Array.from({length: STOPS}, (_, i) => css(colourAt(map, i / (STOPS - 1)))), low: text(shown.from), high: text(shown.to)};
}
