import {gzipSync} from 'node:zlib';
import {build, type Rolldown} from 'vite';
import {beforeAll, describe, expect, it} from 'vitest';

const KIB = 1024;
/** What a person downloads in all, and before the first view is painted. */
const TOTAL_LIMIT = 120 * KIB;
const FIRST_LIMIT = 60 * KIB;

type Chunk = Rolldown.OutputChunk;
let chunks: readonly Chunk[];

beforeAll(async () => {
  const built = await build({root: new URL('..', import.meta.url).pathname, logLevel: 'silent', build: {write: false}});
  const outputs = Array.isArray(built) ? built : [built];
  chunks = outputs.flatMap((o) => ('output' in o ? o.output : [])).filter((o): o is Chunk => o.type === 'chunk');
}, 60_000);

function zipped(some: readonly Chunk[]): number {
  return some.reduce((sum, chunk) => sum + gzipSync(chunk.code, {level: 9}).length, 0);
}

/** The entry and everything it imports before it runs. */
function first(): readonly Chunk[] {
  const wanted = new Set(['index.js']);
  for (const name of wanted) chunks.find((c) => c.fileName === name)?.imports.forEach((i) => wanted.add(i));
  return chunks.filter((c) => wanted.has(c.fileName));
}

describe('the bundle', () => {
  it('exports what TensorBoard calls', () => expect(chunks.find((c) => c.fileName === 'index.js')?.exports).toEqual(['render']));
  it('is small', () => expect(zipped(chunks)).toBeLessThan(TOTAL_LIMIT));
  it('paints the first view with half of that', () => expect(zipped(first())).toBeLessThan(FIRST_LIMIT));
  it('leaves charts for later', () => expect(first().some((c) => c.code.includes('uPlot') || c.code.includes('u-over'))).toBe(false));
  it('does nothing that TensorBoard’s CSP forbids', () => {
    const code = chunks.map((c) => c.code).join('\n');
    expect(code).not.toMatch(/\beval\(|new Function\(|new Worker\(["'`](data|blob):/);
    expect(code).not.toMatch(/href:\s*["'`]#/);
  });
  it('names no other server', () => {
    const hosts = chunks.flatMap((c) => c.code.match(/https?:\/\/[\w.-]+/g) ?? []);
    expect(hosts.filter((h) => !h.includes('www.w3.org') && h !== 'http://localhost')).toEqual([]); // namespaces of SVG and MathML
  });
});
