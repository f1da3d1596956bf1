/** The colour scale of heatmaps, with what is not a value beside it. */

import type {Theme} from '../store/state';
import type {ColourMap} from './colour';
import {colourAt, css, specialCss} from './colour';
import type {Plotted} from './heat_layout';
import type {Interval} from './interval';
import {toPixel} from './interval';
import {logTicks, plainTicks} from './ticks';

interface LegendProps {
  readonly map: ColourMap;
  readonly shown: Interval;
  readonly statistic: Plotted;
  readonly theme: Theme;
  /** Whether the outermost values lie beyond the ends. */
  readonly trimmed: boolean;
}

const STOPS = 24;
const TICKS = 6;

function gradient(map: ColourMap): string {
  const stops = Array.from({length: STOPS + 1}, (_, i) => css(colourAt(map, i / STOPS)));
  return `linear-gradient(to right, ${stops.join(', ')})`;
}

export function ColourLegend({map, shown, statistic, theme, trimmed}: LegendProps) {
  const {words} = statistic;
  const ticks = statistic.scale === 'log' ? logTicks(shown.from, shown.to, TICKS) : plainTicks(shown.from, shown.to, TICKS);
  return (
    <div class="legend">
      <span class="legend-title">{statistic.title}{statistic.unit && `, ${statistic.unit}`}</span>
      <div class="legend-scale">
        <div class="legend-bar" style={{background: gradient(map)}} />
        {ticks.map((t) => (
          <span key={t.at} class="legend-tick" style={{left: `${toPixel(shown, 100, t.at)}%`}}>{t.label}</span>
        ))}
      </div>
      <ul class="legend-special">
        {trimmed && statistic.low === null && <li title="The lowest and the highest 1 % of values take the colours of the ends. Choose “all” above to see them apart.">98 % of values; the rest at the ends</li>}
        {(statistic.scale === 'log' || words) && <Special colour={specialCss(theme, 'zero')} text={words?.zero ?? 'exactly 0'} />}
        <Special colour={specialCss(theme, 'infinite')} text={words?.infinite ?? 'infinite'} />
        <Special colour={specialCss(theme, 'nan')} text="NaN" />
        <li><i class="swatch swatch-none" />no data</li>
      </ul>
    </div>
  );
}

function Special({colour, text}: {colour: string; text: string}) {
  return <li><i class="swatch" style={{background: colour}} />{text}</li>;
}
