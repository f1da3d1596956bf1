/** The loss of a run at a glance, with the step at which each finding begins. */
import type {JSX} from 'preact';
import type {Diagnosis, Finding, Run} from '../api/types';
import {formatCount, formatNumber} from '../format/numbers';
import {heard} from '../store/actions';
import {runStyles} from '../store/run_style';
import {useLinesOf} from '../store/queries';
import {titleOf} from './finding';
import {Icon, type IconName} from './icons';
import {HEIGHT, layoutSpark, placeStep, stagger, WIDTH, type Spark} from './spark_layout';

const POINTS = 300;
/** Of an icon, in the layout's units, in the narrowest column. */
const MARK_WIDTH = 56;
/** The third row of marks reaches the bottom; further ones lie over it. */
const LOWEST_ROW = 2;
/** A single step that is not finite must still be seen. */
const NARROWEST_GAP = 4;
const ICONS: Readonly<Record<Finding['severity'], IconName>> = {error: 'error', warning: 'warning', info: 'info'};

interface Props {
  readonly run: Run;
  readonly diagnosis: Diagnosis;
}

export function Timeline({run, diagnosis}: Props): JSX.Element | null {
  const [lines] = useLinesOf(run, [{statistic: 'loss', variables: [], points: POINTS}]);
  const first = run.steps.first ?? 0;
  const last = run.steps.last ?? 0;
  if (run.steps.recorded < 2) return null;
  const spark = lines?.value ? layoutSpark(lines.value, first, last) : null;
  return (
    <figure class="timeline">
      <figcaption>
        <span>Loss {spark && <b class="tabular">{`${formatNumber(spark.from)} → ${formatNumber(spark.to)}`}</b>}</span>
        <span>{spark?.log ? 'log scale' : ''}</span>
      </figcaption>
      <div class="timeline-box">
        <LossLine spark={spark} color={runStyles.value.get(run.run)?.color ?? 'currentColor'} label={describe(diagnosis, spark !== null)} />
        {marks(diagnosis, first, last).map((mark) => (
          <Onset key={mark.finding.id} {...mark} />
        ))}
      </div>
      <p class="timeline-axis tabular">
        <span>step {formatCount(first)}</span>
        <span>{formatCount(last)}</span>
      </p>
    </figure>
  );
}

function LossLine({spark, color, label}: {readonly spark: Spark | null; readonly color: string; readonly label: string}): JSX.Element {
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {spark?.broken.map(([from, to]) => (
        <rect key={from} class="broken" x={from} y={0} width={Math.max(NARROWEST_GAP, to - from)} height={HEIGHT} />
      ))}
      {spark && <path d={spark.path} stroke={color} />}
    </svg>
  );
}

function Onset({finding, x, row}: Mark): JSX.Element {
  return (
    <span
      class={`onset tone-${finding.severity}`}
      style={{left: `${(100 * x) / WIDTH}%`, '--row': row}}
      title={`${titleOf(finding)}: from step ${finding.onset_step}`}
    >
      <Icon name={ICONS[finding.severity]} />
    </span>
  );
}

interface Mark {
  readonly finding: Finding;
  readonly x: number;
  readonly row: number;
}

/** Where the findings that have an onset are marked, from left to right. */
function marks(diagnosis: Diagnosis, first: number, last: number): readonly Mark[] {
  const placed = heard(diagnosis.run, diagnosis.findings).flatMap((f) => (f.onset_step === null ? [] : [{finding: f, x: placeStep(f.onset_step, first, last)}]));
  placed.sort((a, b) => a.x - b.x);
  const rows = stagger(placed.map((m) => m.x), MARK_WIDTH);
  return placed.map((m, i) => ({...m, row: Math.min(rows[i]!, LOWEST_ROW)}));
}

function describe(diagnosis: Diagnosis, hasLoss: boolean): string {
  const onsets = diagnosis.findings.filter((f) => f.onset_step !== null).map((f) => `${titleOf(f)} from step ${f.onset_step}`);
  return [hasLoss ? `Loss by step of ${diagnosis.run}` : `Steps of ${diagnosis.run}, no loss recorded`, ...onsets].join('; ');
}
