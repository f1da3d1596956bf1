/** The loss of a run at a glance, with the step at which each finding begins. */
import type {JSX} from 'preact';
import type {Diagnosis, Finding, Run} from '../api/types';
import {formatCount, formatNumber} from '../format/numbers';
import {runStyles} from '../store/run_style';
import {useLinesOf} from '../store/queries';
import {Icon, type IconName} from './icons';
import {HEIGHT, layoutSpark, placeStep, WIDTH} from './spark_layout';

const POINTS = 300;
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
  const onsets = diagnosis.findings.filter((f) => f.onset_step !== null);
  return (
    <figure class="timeline">
      <figcaption>
        <span>
          Loss{' '}
          {spark && (
            <b class="tabular">
              {formatNumber(spark.from)} → {formatNumber(spark.to)}
            </b>
          )}
        </span>
        <span>{spark?.log ? 'log scale' : ''}</span>
      </figcaption>
      <div class="timeline-box">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={describe(diagnosis, spark !== null)}>
          {spark?.broken.map(([from, to]) => <rect key={from} class="broken" x={from} y={0} width={Math.max(4, to - from)} height={HEIGHT} />)}
          {spark && <path d={spark.path} stroke={runStyles.value.get(run.run)?.color ?? 'currentColor'} />}
        </svg>
        {onsets.map((f) => (
          <span key={f.id} class={`onset tone-${f.severity}`} style={{left: `${placeStep(f.onset_step ?? 0, first, last) / 10}%`}} title={`${f.title}: from step ${f.onset_step}`}>
            <Icon name={ICONS[f.severity]} />
          </span>
        ))}
      </div>
      <p class="timeline-axis tabular">
        <span>step {formatCount(first)}</span>
        <span>{formatCount(last)}</span>
      </p>
    </figure>
  );
}

function describe(diagnosis: Diagnosis, hasLoss: boolean): string {
  const onsets = diagnosis.findings.filter((f) => f.onset_step !== null).map((f) => `${f.title} from step ${f.onset_step}`);
  return [hasLoss ? `Loss by step of ${diagnosis.run}` : `Steps of ${diagnosis.run}, no loss recorded`, ...onsets].join('; ');
}
