import {describe, expect, it} from 'vitest';
import type {LineChartProps} from '../../src/chart/line_props';
import {linesSvg} from '../../src/chart/lines_svg';
import {element, escaped, path} from '../../src/chart/svg';

const INK: LineChartProps['ink'] = {
  theme: 'light', text: '#111', sub: '#555', grid: '#eee', axis: '#999', border: '#ddd', card: '#fff', accent: '#b40', noData: '#ddd', ok: '#070', error: '#b00', warning: '#850', info: '#05a', family: 'Arial',
};

function chart(last: readonly number[], change: Partial<LineChartProps> = {}): LineChartProps {
  const steps = last.map((_, i) => i);
  return {
    title: 'Loss', lines: [{key: 'a', label: 'run <a> & "b"', colour: '#123456', dash: [6, 3], x: steps, step: steps, last, min: last, max: last}],
    log: false, smoothing: 0, xAxis: 'step', domain: {from: 0, to: 3}, bounds: {from: 0, to: 3}, fixed: [null, null], trimmed: false,
    bands: [{from: 0, to: 3, label: 'usual', tone: 'good'}], marks: [], ink: INK, height: 190, zoomSteps: () => undefined, openMark: () => undefined, ...change,
  };
}

describe('SVG', () => {
  it('escapes what XML would take for its own', () => {
    expect(escaped('<a> & "b"\u0001')).toBe('&lt;a&gt; &amp; &quot;b&quot;');
    expect(element('g', {title: '"<', x: 1 / 3, y: undefined})).toBe('<g title="&quot;&lt;" x="0.33"/>');
  });
  it('breaks a path where there is no point', () => expect(path([[0, 0], [1, 1], null, [2, 2]])).toBe('M0 0L1 1M2 2'));
});

describe('a line chart as SVG', () => {
  it('is well-formed, with its title, its key and its band', () => {
    const svg = linesSvg(chart([1, 2, 3, 4]), 400);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).toContain('run &lt;a&gt; &amp; &quot;b&quot;');
    expect(svg).toContain('>usual<');
    expect(balanced(svg)).toBe(true);
    expect(svg).toMatch(/stroke="#123456"[^>]*stroke-dasharray="6 3"|stroke-dasharray="6 3"/);
  });
  it('shows what has no place on the axis, and never NaN as a coordinate', () => {
    const svg = linesSvg(chart([1, NaN, Infinity, 2]), 400);
    expect(svg).not.toContain('NaN');
    expect(svg.match(/l7 7m0 -7l-7 7/g)?.length).toBe(1); // a cross
    expect(svg.match(/h7l-3\.5 -7z/g)?.length).toBe(1); // a triangle
  });
  it('shows values beyond an axis of fixed ends', () => expect(linesSvg(chart([1, 9, 1, 1], {fixed: [0, 2]}), 400).match(/h7l-3\.5 -7z/g)?.length).toBe(1));
  it.each([[[]], [[5]], [[2, 2, 2, 2]]])('of %j is no error', (values) => expect(balanced(linesSvg(chart(values), 400))).toBe(true));
  it('marks findings within the plot', () => {
    const mark = {id: 'x', title: 'Dead <units>', severity: 'error' as const, step: 2, variables: [], run: 'a'};
    expect(linesSvg(chart([1, 2, 3, 4], {marks: [mark, {...mark, step: 99}]}), 400).match(/Dead &lt;units&gt;/g)?.length).toBe(1);
  });
});

/** Whether every element that is opened is closed, in order. */
function balanced(xml: string): boolean {
  const open: string[] = [];
  for (const [, close, name, rest] of xml.matchAll(/<(\/?)([a-zA-Z]+)([^>]*)>/g)) {
    if (close) {
      if (open.pop() !== name) return false;
    } else if (!rest?.endsWith('/')) open.push(name ?? '');
  }
  return open.length === 0;
}
