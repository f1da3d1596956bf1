import {describe, expect, it} from 'vitest';
import {PayloadError, SchemaError, decodeComparison, decodeDiagnosis, decodeLines, decodeProfile, decodeRuns, decodeThresholds, decodeTile, number} from '../../src/api/decode';
import {pack} from './payload';

const finding = {id: 'dead-units', severity: 'error', evidence: {loss: 'NaN', rate: 1.5, by: 'Infinity', name: 'w', none: null}};
const run = {run: 'a', outcome: 'diverged', findings: [finding], clear: [], not_applicable: [], not_enough_evidence: []};

describe('number', () => {
  it('restores what JSON cannot carry', () => {
    expect([number('NaN'), number('Infinity'), number('-Infinity'), number(0), number(null)]).toEqual([NaN, Infinity, -Infinity, 0, null]);
  });
  it('takes no other text for a number', () => expect(number('1.5')).toBeNull());
});

describe('decodeRuns', () => {
  it('refuses another schema by its number', () => expect(() => decodeRuns({schema: 2, runs: []})).toThrow(SchemaError));
  it('refuses what is not an object', () => expect(() => decodeRuns([])).toThrow(PayloadError));
  it('refuses runs that are not a list', () => expect(() => decodeRuns({schema: 1, runs: {}})).toThrow(PayloadError));
});

describe('decodeDiagnosis', () => {
  it('restores NaN and infinities in evidence and leaves words alone', () => {
    const evidence = decodeDiagnosis({schema: 1, runs: [run]}).runs[0]?.findings[0]?.evidence;
    expect(evidence).toEqual({loss: NaN, rate: 1.5, by: Infinity, name: 'w', none: null});
  });
  it('supplies what a server may leave out', () => {
    const [only] = decodeDiagnosis({schema: 1, runs: [run]}).runs;
    expect([only?.notes, only?.findings[0]?.explained_by]).toEqual([[], null]);
  });
});

describe('decodeThresholds', () => {
  it('has real numbers, infinities too, and keeps what each means', () => {
    const found = decodeThresholds({finding: 'x', file: null, thresholds: [{name: 'a', default: 1, value: 'Infinity', meaning: 'm'}]});
    expect(found.thresholds).toEqual([{name: 'a', default: 1, value: Infinity, meaning: 'm'}]);
    expect(() => decodeThresholds({finding: 'x'})).toThrow(PayloadError);
  });
});

describe('decodeProfile', () => {
  it('keeps "no number" apart from NaN', () => {
    expect(decodeProfile({variables: ['a', 'b', 'c'], values: [null, 'NaN', 2]}).values).toEqual([null, NaN, 2]);
  });
});

describe('decodeTile', () => {
  const header = {rows: 2, columns: 3, low: -8, high: 2, run: 'ü'};
  const arrays = [new Float64Array([0, 4, 8]), new Float64Array([3, 7, 9]), new Uint8Array([0, 1, 2, 251, 254, 255])];

  it('reads steps and codes whatever the length of the header', () => {
    for (const padding of ['', 'x', 'xx', 'xxx', 'xxxxxxx']) {
      const tile = decodeTile(pack({...header, padding}, arrays));
      expect([...tile.codes]).toEqual([0, 1, 2, 251, 254, 255]);
      expect([...tile.lastStep]).toEqual([3, 7, 9]);
    }
  });
  it('refuses a body that was cut short', () => {
    expect(() => decodeTile(pack(header, arrays.slice(0, 2)))).toThrow(PayloadError);
  });
  it('refuses a body that is too long', () => {
    expect(() => decodeTile(pack(header, [...arrays, new Uint8Array(8)]))).toThrow(PayloadError);
  });
  it('refuses an empty body', () => expect(() => decodeTile(new ArrayBuffer(0))).toThrow(PayloadError));
});

describe('decodeLines', () => {
  const steps = new Float64Array([0, 1]);
  const header = {points: 2, series: [''], decimated: false};

  it('reads NaN and infinity as values', () => {
    const lines = decodeLines(pack(header, [steps, steps, new Float64Array([NaN, Infinity])]));
    expect([...(lines.series[0]?.last ?? [])]).toEqual([NaN, Infinity]);
  });
  it('uses the values as their own extremes where nothing was decimated', () => {
    const [line] = decodeLines(pack(header, [steps, steps, steps])).series;
    expect(line?.min).toBe(line?.last);
  });
  it('reads minimum and maximum after each decimated line', () => {
    const rows = [1, 0, 2, 10, 9, 11].map((v) => new Float64Array([v, v]));
    const lines = decodeLines(pack({points: 2, series: ['a', 'b'], decimated: true, envelope: true}, [steps, steps, ...rows]));
    expect(lines.series.map((s) => [s.last[0], s.min[0], s.max[0]])).toEqual([[1, 0, 2], [10, 9, 11]]);
  });
  it('reads a run without steps', () => expect(decodeLines(pack({points: 0, series: ['']}, [])).step.length).toBe(0));
});

describe('a comparison', () => {
  it('restores numbers that JSON has no word for, and keeps texts', () => {
    const payload = {schema: 1, runs: [], parting: null, differences: [{kind: 'optimizer', name: 'optimizer', values: ['SGD', 'Infinity']}], explanation: null, summary: ''};
    expect(decodeComparison(payload).differences[0]?.values).toEqual(['SGD', Infinity]);
    expect(() => decodeComparison({...payload, schema: 2})).toThrow(/schema/);
  });
});
