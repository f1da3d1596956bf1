import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative, resolve} from 'node:path';
import {describe, expect, it} from 'vitest';

const SRC = new URL('../src', import.meta.url).pathname;

type Graph = ReadonlyMap<string, readonly string[]>;

/** Which file imports which, types too: a circle of types is read as one as well. */
function graph(): Graph {
  const files = readdirSync(SRC, {recursive: true, encoding: 'utf8'}).filter((f) => /\.tsx?$/.test(f));
  return new Map(files.map((file) => [file, imports(file, files)]));
}

function imports(file: string, files: readonly string[]): readonly string[] {
  const found = [...readFileSync(join(SRC, file), 'utf8').matchAll(/from '(\.[^']+)'/g)].map((m) => relative(SRC, resolve(SRC, dirname(file), m[1] ?? '')));
  return found.flatMap((path) => files.find((f) => f === `${path}.ts` || f === `${path}.tsx`) ?? []);
}

/** The first circle that is met, or nothing. */
function circle(from: Graph): readonly string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const next of from.get(file) ?? []) {
      const found = visit(next, [...path, file]);
      if (found.length > 0) return found;
    }
    done.add(file);
    return [];
  };
  for (const file of from.keys()) {
    const found = visit(file, []);
    if (found.length > 0) return found;
  }
  return [];
}

describe('files', () => {
  it('import one another without a circle', () => expect(circle(graph())).toEqual([]));
  it('would be seen in one', () => expect(circle(new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]]))).toEqual(['b', 'c', 'b']));
  it('of charts know nothing of views, and those of the API nothing but the API', () => {
    const arrows = [...graph()].flatMap(([file, others]) => others.map((other) => [file.split('/')[0], other.split('/')[0]].join(' → ')));
    expect(arrows.filter((a) => ['chart → views', 'store → views', 'api → store', 'api → chart', 'format → store'].includes(a))).toEqual([]);
  });
});
