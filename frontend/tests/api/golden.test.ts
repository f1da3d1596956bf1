import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {decodeDiagnosis, decodeGradientCheck, decodeLines, decodeOptimizer, decodeProfile, decodeTile, decodeVariables} from '../../src/api/decode';
import {CODE} from '../../src/api/types';

/** What the Python side wrote, and its own tests hold it to. */
function golden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../tests/golden/${name}.json`, import.meta.url), 'utf8'));
}

function body(name: string): ArrayBuffer {
  const {base64} = golden(name) as {base64: string};
  return Uint8Array.from(Buffer.from(base64, 'base64')).buffer;
}

describe('the server’s own answers', () => {
  it('a tile keeps zero, infinity, NaN and no data apart', () => {
    const tile = decodeTile(body('tile'));
    expect([tile.run, tile.rows, tile.columns, tile.low, tile.high, tile.scale]).toEqual(['golden/run:critic', 3, 6, -4, 3, 'log']);
    expect([...tile.firstStep]).toEqual([0, 1, 2, 3, 10, 11]);
    expect(tile.codes[2]).toBe(CODE.ZERO);
    expect([...tile.codes.slice(8, 12)]).toEqual([CODE.HIGHEST, CODE.INFINITE, CODE.NAN, CODE.NAN]);
    expect(tile.codes[12]).toBe(CODE.NONE);
  });
  it('a pooled tile says what each column covers', () => {
    const tile = decodeTile(body('tile-pooled'));
    expect([[...tile.firstStep], [...tile.lastStep]]).toEqual([[1, 3], [2, 11]]);
  });
  it('lines hold NaN and infinities as numbers', () => {
    const lines = decodeLines(body('lines'));
    expect(lines.series.map((s) => s.name)).toEqual(['', 'λ']);
    expect(lines.decimated).toBe(false);
    expect([...lines.step]).toEqual([0, 1, 2, 3, 10, 11]);
  });
  it('decimated lines keep the extremes of their buckets', () => {
    const [kernel, bias] = decodeLines(body('lines-decimated')).series;
    expect([kernel?.last, kernel?.min, kernel?.max].map((a) => [...(a ?? [])])).toEqual([[0, 1e-4], [0, 1e-4], [1, 1e-3]]);
    expect([...(bias?.max ?? [])]).toEqual([1000, Infinity]);
  });
  it('a profile restores infinity', () => expect(decodeProfile(golden('profile')).values).toEqual([0.001, Infinity, 2]));
  it('an optimizer restores the infinite end of its last region', () => {
    const {family, settings, stability} = decodeOptimizer(golden('optimizer'));
    expect([family, settings.map((s) => s.agrees)]).toEqual(['gradient descent', [true, false, null]]);
    expect(stability?.regions.map((r) => [r.behaviour, r.start, r.end])).toEqual([['monotone', 0, 1], ['oscillating', 1, 2], ['diverging', 2, Infinity]]);
    expect([stability?.number, stability?.limit, stability?.curvature.length]).toEqual([3, 2, 21]);
  });
  it('a gradient check has a verdict for every variable', () => {
    const {variables, passive} = decodeGradientCheck(golden('gradient_check'));
    expect(variables.map((v) => [v.variable, v.factor, v.verdict])).toEqual([['halved', 0.5, 'scaled'], ['turned', -1, 'opposite sign']]);
    expect(passive.verdict).toBe('not steady');
  });
  it('variables come in order of depth', () => {
    const {variables, optimizer, restarts} = decodeVariables(golden('variables'));
    expect(variables.map((v) => v.name)).toEqual(['dense/kernel', 'dense/bias', 'λ']);
    expect([optimizer?.class, restarts]).toEqual(['SGD', [10]]);
  });
  it('a diagnosis has every field that the page shows', () => {
    for (const run of decodeDiagnosis(golden('diagnosis')).runs) {
      expect(run).toMatchObject({verdict: expect.any(String), clear: expect.any(Array), notes: expect.any(Array)});
      for (const f of run.findings) expect(f).toMatchObject({title: expect.any(String), rank: expect.any(Number), advice: expect.any(Array)});
    }
  });
});
