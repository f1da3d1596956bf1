import {describe, expect, it} from 'vitest';
import type {Lines, Run} from '../../src/api/types';
import {abscissae, decimationNote, domainOf, inputsOf, leastValue} from '../../src/views/line_inputs';

const run = {run: 'a', started: 1000} as Run;

function lines(last: readonly number[], more: Partial<Lines> = {}): Lines {
  const values = Float64Array.from(last);
  const step = Float64Array.from(last, (_, i) => i);
  const base = {run: 'a', statistic: 'loss', points: last.length, recorded: last.length, total: last.length, decimated: false, envelope: false};
  return {...base, step, wallTime: step.map((s) => 1000 + 2 * s), series: [{name: '', last: values, min: values, max: values}], ...more};
}

const inputs = (l: Lines) => inputsOf([{run, lines: l}], new Map(), 'step');

describe('inputsOf', () => {
  it('leaves out the update that is not known yet at the newest step', () => {
    expect(Array.from(inputs(lines([1, 2, NaN], {statistic: 'update_norm'}))[0]?.last ?? [])).toEqual([1, 2]);
    expect(inputs(lines([1, 2, NaN], {statistic: 'update_norm'}))[0]?.x.length).toBe(2);
  });
  it('keeps the NaN of a loss, and of updates that stay NaN', () => {
    expect(inputs(lines([1, 2, NaN]))[0]?.last.length).toBe(3);
    expect(inputs(lines([1, NaN, NaN], {statistic: 'update_norm'}))[0]?.last.length).toBe(3);
  });
  it('is a line through what was looked at now and then, and marks no step at which nobody looked', () => {
    const [input] = inputs(lines([NaN, 3, NaN, NaN, 1], {statistic: 'metric/val_loss'}));
    expect([input?.x, input?.last, input?.min === input?.last].map((v) => (typeof v === 'boolean' ? v : [...Array.from(v ?? [])]))).toEqual([[1, 4], [3, 1], true]);
    const bucket = {name: '', last: Float64Array.of(NaN, 2), min: Float64Array.of(3, 2), max: Float64Array.of(4, 2)};
    expect(inputs(lines([0, 0], {statistic: 'input_mean', series: [bucket]}))[0]).toMatchObject({last: Float64Array.of(4, 2), min: Float64Array.of(3, 2)});
  });
  it('knows that nothing was decimated by the arrays being one', () => {
    const [input] = inputs(lines([1, 2, NaN], {statistic: 'update_norm'}));
    expect(input?.min).toBe(input?.last);
  });
});

describe('the horizontal axis', () => {
  it('relative counts from the start of the run and never runs back', () => {
    const wall = Float64Array.of(1001, 1005, 1003, 1008);
    expect([...abscissae('relative', wall, wall, 1000)]).toEqual([1, 5, 5, 8]);
  });
  it('follows the zoom in steps, else the data, and has a length for one point', () => {
    expect(domainOf(inputs(lines([1, 2, 3])), 'step', [5, 9])).toEqual({from: 5, to: 9});
    expect(domainOf(inputs(lines([1, 2, 3])), 'step', null)).toEqual({from: 0, to: 2});
    expect(domainOf(inputs(lines([1])), 'step', null)).toEqual({from: -0.5, to: 0.5});
    expect(domainOf([], 'step', null)).toEqual({from: 0, to: 1});
  });
});

it('leastValue leaves out what is not a number', () => {
  expect(leastValue(inputs(lines([3, NaN, 2])))).toBe(2);
});

it('says how many of the points are shown, only when some are not', () => {
  const answers = [{run, lines: lines([1], {decimated: true, points: 1200, recorded: 10000})}];
  expect(decimationNote(answers, String)).toContain('showing 1200 of 10000 points');
  expect(decimationNote([{run, lines: lines([1])}], String)).toBeNull();
});
