/** What a finding saw, over steps, with the level that it was held against. */

import type {JSX} from 'preact';
import type {Finding, Run} from '../api/types';
import {formatCount, formatNumber} from '../format/numbers';
import {evidenceLine} from '../store/evidence_statistic';
import {useLinesOf} from '../store/queries';
import {runStyles} from '../store/run_style';
import {statistics} from '../store/state';
import {HEIGHT, layoutSpark, placeStep, WIDTH, type Spark} from './spark_layout';

const POINTS = 300;
/** Above this share of the height, from its top, the words of the level stand below its line. */
const TOP_SHARE = 0.3;

export function EvidenceChart({finding, run}: {readonly finding: Finding; readonly run: Run}): JSX.Element | null {
  const shown = evidenceLine(finding);
  const scope = statistics.value.find((s) => s.name === shown?.statistic)?.scope;
  const worst = shown?.ofWorst && scope === 'variable' ? finding.variables.slice(0, 1) : [];
  const [lines] = useLinesOf(run, shown ? [{statistic: shown.statistic, variables: worst, points: POINTS}] : []);
  const [first, last] = [run.steps.first ?? 0, run.steps.last ?? 0];
  if (!shown || !lines?.value || run.steps.recorded < 2) return null;
  const spark = layoutSpark(lines.value, first, last, shown.level);
  if (!spark) return null;
  const title = statistics.value.find((s) => s.name === shown.statistic)?.title ?? shown.statistic.replace(/^metric\//, '');
  const words = shown.level === null ? null : `${shown.words} ${formatNumber(shown.level)}`;
  return (
    <figure class="timeline evidence-chart">
      <figcaption>
        <span>{title}{worst[0] && <> of <code>{worst[0]}</code></>} <b class="tabular">{formatNumber(spark.to)}</b></span>
        <span class="nowrap">{spark.log ? 'log scale' : ''}</span>
      </figcaption>
      <div class="timeline-box">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${title} by step${words ? `, ${words}` : ''}`}>
          {spark.level !== null && <line class="level" x1={0} x2={WIDTH} y1={spark.level} y2={spark.level} />}
          {finding.onset_step !== null && <line class="onset-line" {...vertical(placeStep(finding.onset_step, first, last))} />}
          <path d={spark.path} stroke={runStyles.value.get(run.run)?.color ?? 'currentColor'} />
        </svg>
        {words && <LevelWords spark={spark} words={words} />}
      </div>
      <p class="timeline-axis tabular">
        <span>step {formatCount(first)}</span>
        <span>{formatCount(last)}</span>
      </p>
    </figure>
  );
}

function vertical(x: number) {
  return {x1: x, x2: x, y1: 0, y2: HEIGHT};
}

function LevelWords({spark, words}: {readonly spark: Spark; readonly words: string}): JSX.Element {
  const share = (spark.level ?? 0) / HEIGHT;
  return <span class="level-words tabular" style={{top: `${100 * share}%`}} data-below={share < TOP_SHARE}>{words}</span>;
}
