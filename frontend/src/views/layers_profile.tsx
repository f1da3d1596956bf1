/** The depth profile beside the heatmaps: at the crosshair while there is one, else at the cursor, else at the last step. */

import {useMemo, useRef, useState} from 'preact/hooks';
import {CODE, type Profile, type Statistic, type Tile, type Variable} from '../api/types';
import {codeToAxis} from '../chart/colour';
import {columnsOfTile, nearestColumn} from '../chart/columns';
import type {HeatActions} from '../chart/heat_props';
import type {Ink} from '../chart/ink';
import {pixelScale} from '../chart/canvas';
import {pictureOf, savePng} from '../chart/picture';
import {DepthProfile, fitProfiles, profileLayout, profileScene, slopeText} from '../chart/profile';
import type {ProfileInput} from '../chart/profile_layout';
import {profileSvg} from '../chart/profile_svg';
import {saveSvg} from '../chart/svg';
import type {RowName, RowView} from '../chart/rows';
import {formatCount} from '../format/numbers';
import {useProfiles} from '../store/queries';
import {runStyles} from '../store/run_style';
import {cursorStep, hoverStep, rowLevel, toggledGroups, zoom} from '../store/state';
import {DataTable, ExportMenu} from './export_menu';
import type {Panel, PanelGroup} from './layers_data';
import {profileTable} from './tables';

interface Props {
  readonly group: PanelGroup;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly statistic: Statistic;
  readonly rowView: RowView;
  readonly height: number;
  readonly ink: Ink;
  readonly actions: HeatActions;
}

export function ProfilePanel(props: Props) {
  const {group, statistic, rowView, height, ink, actions} = props;
  const {profiles, fitted, isMatrix} = useFitted(props);
  const [tableOpen, setTableOpen] = useState(false);
  const figure = useRef<HTMLElement>(null);
  const at = profiles[0] ? ` at step ${formatCount(profiles[0].step)}` : '';
  const title = `${statistic.title} over depth${at}`;
  const runs = profiles.map((p) => p.key);
  const png = (name: string): void => {
    const canvas = figure.current?.querySelector('canvas');
    if (canvas) savePng(pictureOf({canvas, title, keys: profiles, scale: null, ink}, pixelScale()), `depth-${name}`);
  };
  const svg = (name: string): void => {
    const width = figure.current?.querySelector<HTMLElement>('.profile')?.clientWidth;
    if (width) saveSvg(profileSvg({title, scene: profileScene({statistic, fitted, ink}, profileLayout(width, height, rowView)), rows: group.rows, keys: profiles}), `depth-${name}`);
  };
  return (
    <figure class="layers-profile" ref={figure}>
      <figcaption class="layers-head">
        <span>Over depth<span class="sub tabular">{at}</span></span>
        {runs.length > 0 && <ExportMenu title={title} statistic={statistic.name} runs={runs} tableOpen={tableOpen} onTable={() => setTableOpen(!tableOpen)} onPng={png} onSvg={svg} />}
      </figcaption>
      <DepthProfile
        statistic={statistic}
        profiles={profiles}
        fitted={fitted}
        rows={group.rows}
        rowView={rowView}
        isMatrix={isMatrix}
        height={height}
        ink={ink}
        chooseVariable={actions.chooseVariable}
      />
      <ul class="layers-slopes">
        {fitted.map((f) => f.perLayer !== null && (
          <li key={f.input.key}><i class="dot" style={{background: f.input.colour}} />{slopeText(f.perLayer, statistic)}</li>
        ))}
      </ul>
      {tableOpen && <DataTable caption={title} table={profileTable(profiles, group.rows)} statistic={statistic.name} runs={runs} />}
    </figure>
  );
}

/** Every run's values at the step, with the slope through them. */
function useFitted({group: {rows, panels}, variables, statistic}: Props) {
  const runs = panels.map((p) => p.run);
  const lasting = cursorStep.value ?? zoom.value?.[1] ?? Math.max(0, ...runs.map((r) => r.steps.last ?? 0));
  const exact = useProfiles(runs, statistic.name, lasting, {level: rowLevel.value, toggled: toggledGroups.value});
  const hover = hoverStep.value;
  const styles = runStyles.value;
  const profiles = panels.flatMap((panel, i) => {
    const answer = exact[i]?.value;
    const settled = answer?.statistic === statistic.name ? fromProfile(answer, rows) : null;
    const values = hover !== null ? fromTile(panel, rows, hover) : settled;
    const style = styles.get(panel.run.run);
    return values ? [{...values, key: panel.run.run, label: panel.run.run, colour: style?.color ?? 'gray', dash: style?.dash ?? []}] : [];
  });
  const isMatrix = useMemo(() => (row: number) => (variables.get(rows[row]?.name ?? '')?.shape.length ?? 0) >= 2, [variables, rows]);
  const fitted = useMemo(
    () => fitProfiles({profiles, rows, statistic, isMatrix}),
    [hover, statistic, rows, isMatrix, styles, ...exact.map((e) => e.value), ...panels.map((p) => p.tile)],
  );
  return {profiles, fitted, isMatrix};
}

type Values = Pick<ProfileInput, 'step' | 'values'>;

function fromProfile({step, variables, values}: Profile, rows: readonly RowName[]): Values {
  const known = new Map(variables.map((name, i) => [name, values[i] ?? null]));
  const valueOf = (row: RowName): number | null => {
    const name = [row.name, ...row.aliases].find((n) => known.has(n));
    return name === undefined ? null : (known.get(name) ?? null);
  };
  return {step, values: new Map(rows.map((row) => [row.name, valueOf(row)]))};
}

/** The column under the crosshair: as near as the colours are. */
function fromTile({tile, tileRows}: Panel, rows: readonly RowName[], step: number): Values | null {
  if (!tile || tile.columns === 0) return null;
  const column = nearestColumn(columnsOfTile(tile), step);
  const values = rows.map(({name}, row) => {
    const source = tileRows[row] ?? -1;
    return [name, source < 0 ? null : valueOf(tile, tile.codes[source * tile.columns + column] ?? 0)] as const;
  });
  return {step: tile.firstStep[column] ?? step, values: new Map(values)};
}

function valueOf(tile: Tile, code: number): number | null {
  switch (code) {
    case CODE.NONE:
      return null;
    case CODE.ZERO:
      return 0;
    case CODE.INFINITE:
      return Infinity;
    case CODE.NAN:
      return NaN;
    default: {
      const at = codeToAxis(code, {from: tile.low, to: tile.high});
      return tile.scale === 'log' ? 10 ** at : at;
    }
  }
}
