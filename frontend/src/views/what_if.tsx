/** What another learning rate would do: a ruler of regions with a slider on it, and the prediction in words. */

import {useState} from 'preact/hooks';
import type {Stability} from '../api/types';
import {logTicks} from '../chart/ticks';
import {formatNumber} from '../format/numbers';
import {CopyButton} from './copy';
import {foretold} from './optimizer_words';
import {Spoken} from './severity';
import {predict, rateDomain, stretches, typicalCurvature, type Fate, type Stretch} from './what_if_layout';

const TICKS = 6;
/** Of the axis: a narrower stretch has no room for its name. */
const LEAST_NAMED = 0.14;
const SLIDER_STEPS = 400;
const NAMES: Readonly<Record<Fate, string>> = {
  monotone: 'straight down',
  oscillating: 'oscillates',
  diverging: 'diverges',
  stable: 'stable',
  unknown: 'cannot be told',
};

interface Props {
  readonly run: string;
  readonly stability: Stability;
  /** The largest stable learning rate that the diagnosis names; null: it names none. */
  readonly told: number | null;
}

export function WhatIf({run, stability, told}: Props) {
  const [chosen, setChosen] = useState<number | null>(null);
  if (typicalCurvature(stability) === null) return <p class="sub">The curvature along the steps was not positive: no learning rate has a limit here.</p>;
  const domain = rateDomain(stability, told);
  const used = stability.learning_rate;
  const rate = chosen === null ? used : 10 ** chosen;
  const share = (at: number): string => `${(100 * (Math.log10(at) - domain.from)) / (domain.to - domain.from)}%`;
  const said = foretold(stability, predict(stability, rate, told), told);
  return (
    <section class="whatif" aria-label={`What if, ${run}`}>
      <h3>What if the learning rate were <b class="tabular">{formatNumber(rate)}</b>{chosen === null && <span> (as used)</span>}?</h3>
      <div class="whatif-ruler">
        <div class="whatif-bar" aria-hidden="true">
          {stretches(stability, domain, told).map((stretch) => <Region key={stretch.fate} {...stretch} />)}
          {chosen !== null && <i class="whatif-used" style={{left: share(used)}} />}
        </div>
        <input
          type="range"
          min={domain.from}
          max={domain.to}
          step={(domain.to - domain.from) / SLIDER_STEPS}
          value={Math.log10(rate)}
          aria-label={`Learning rate, ${run}`}
          aria-valuetext={`${formatNumber(rate)}: ${said.text}`}
          onInput={(e) => setChosen(Number(e.currentTarget.value))}
        />
        <div class="whatif-axis tabular" aria-hidden="true">
          {logTicks(domain.from, domain.to, TICKS).map((t) => <span key={t.at} style={{left: share(10 ** t.at)}}>{t.label}</span>)}
        </div>
      </div>
      <div class="whatif-said">
        <Spoken {...said} />
        {chosen !== null && <CopyButton text={`learning_rate=${Number(rate.toPrecision(2))}`} label={`Copy learning_rate=${Number(rate.toPrecision(2))}`} />}
        {chosen !== null && <button type="button" class="button small" onClick={() => setChosen(null)}>as used</button>}
      </div>
    </section>
  );
}

function Region({fate, from, to}: Stretch) {
  return (
    <span class="whatif-region" data-fate={fate} style={{left: `${100 * from}%`, width: `${100 * (to - from)}%`}}>
      {to - from >= LEAST_NAMED && <span>{NAMES[fate]}</span>}
    </span>
  );
}
