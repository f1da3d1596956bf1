/** What can be taken from a chart: its numbers as a table, CSV or JSON, and its picture. */

import {useRef} from 'preact/hooks';
import {fileName} from '../chart/picture';
import {client} from '../store/queries';
import {Icon} from './icons';
import type {Table} from './tables';

interface ExportMenuProps {
  /** What the chart shows, for people. */
  readonly title: string;
  readonly statistic: string;
  readonly runs: readonly string[];
  readonly tableOpen: boolean;
  readonly onTable: () => void;
  /** Saves the picture under the name; absent: there is none yet. */
  readonly onPng: (name: string) => void;
  readonly onSvg: (name: string) => void;
  /** The variable that is shown, for the names of files; absent: all of them, or the whole model. */
  readonly variable?: string;
}

export function ExportMenu({title, statistic, runs, tableOpen, onTable, onPng, onSvg, variable}: ExportMenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (): void => menu.current?.removeAttribute('open');
  const name = (extension: string): string => fileName(variable === undefined ? statistic : `${statistic}-${variable}`, runs, extension);
  const then = (act: () => void) => (): void => {
    close();
    act();
  };
  return (
    <details
      class="menu"
      ref={menu}
      onFocusOut={(e) => !menu.current?.contains(e.relatedTarget as Node | null) && close()}
      onKeyDown={(e) => {
        if (e.key !== 'Escape' || !menu.current?.open) return;
        e.stopPropagation(); // it closes the menu, and resets no zoom
        close();
        menu.current.querySelector('summary')?.focus();
      }}
    >
      <summary class="button quiet small" aria-label={`Export: ${title}`} title="Export: table, CSV, JSON, PNG, SVG">
        <Icon name="download" />
      </summary>
      <div class="menu-items">
        <button type="button" aria-pressed={tableOpen} onClick={then(onTable)}>{tableOpen ? 'Hide table' : 'View as table'}</button>
        <a href={exportUrl(statistic, runs, 'csv')} download onClick={close}>All values as CSV</a>
        <a href={exportUrl(statistic, runs, 'json')} download onClick={close}>All values as JSON</a>
        <button type="button" onClick={then(() => onPng(name('png')))}>Picture (PNG)</button>
        <button type="button" onClick={then(() => onSvg(name('svg')))}>Drawing (SVG)</button>
      </div>
    </details>
  );
}

function exportUrl(statistic: string, runs: readonly string[], format: 'csv' | 'json'): string {
  return client.url('export', {run: runs, statistic, format});
}

interface DataTableProps {
  readonly caption: string;
  readonly table: Table;
  readonly statistic: string;
  readonly runs: readonly string[];
}

export function DataTable({caption, table, statistic, runs}: DataTableProps) {
  return (
    <div class="data-table" role="region" aria-label={`${caption} as a table`} tabIndex={0}>
      <table>
        <caption class="offscreen">{caption}</caption>
        <thead>
          <tr>{table.head.map((cell, i) => <th key={i} scope="col">{cell}</th>)}</tr>
        </thead>
        <tbody>
          {table.rows.map(([head, ...cells]) => (
            <tr key={head}>
              <th scope="row">{head}</th>
              {cells.map((cell, i) => <td key={i}>{cell}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="sub">{table.note} <a href={exportUrl(statistic, runs, 'csv')} download>All values as CSV</a></p>
    </div>
  );
}
