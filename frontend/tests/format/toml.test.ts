import {describe, expect, it} from 'vitest';
import {tomlOf} from '../../src/format/toml';

const of = (name: string, usual: number, value = usual) => ({name, default: usual, value, meaning: ''});

describe('settings', () => {
  it('hold what differs from the defaults, and the rest as comments', () => {
    expect(tomlOf('dead-units', [of('dead', 0.9, 0.8), of('layers', 1), of('fewest', 10)], {fewest: 20})).toBe('[thresholds.dead-units]\ndead = 0.8\n# layers = 1\nfewest = 20');
  });
  it('take a number back to its default', () => expect(tomlOf('x', [of('a', 0.5, 0.4)], {a: 0.5})).toBe('[thresholds.x]\n# a = 0.5'));
  it('write a whole number as a fraction where fractions are meant', () => {
    expect(tomlOf('x', [of('a', 0.5)], {a: 2})).toContain('a = 2.0');
    expect(tomlOf('x', [of('tiny', 1e-7)], {tiny: 1e-9})).toContain('tiny = 1e-9');
  });
  it('of nothing are a heading', () => expect(tomlOf('x', [], {})).toBe('[thresholds.x]'));
});
