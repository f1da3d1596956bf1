import {describe, expect, it} from 'vitest';
import {clockTicks, decadeTicks, duration, linearTicks, logTicks, niceStep, plainTicks, power, stepTicks, timeTicks} from '../../src/chart/ticks';

describe('niceStep', () => {
  it.each([[10, 5, 2], [1, 10, 0.1], [7, 4, 2], [0.03, 3, 0.01], [100, 3, 50]])('%s in at most %s parts is %s', (length, count, step) => {
    expect(niceStep(length, count)).toBeCloseTo(step, 12);
  });
});

describe('linearTicks', () => {
  it('lie within, and are exact decimals', () => {
    expect(linearTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linearTicks(-0.31, 0.31, 4)).toEqual([-0.2, 0, 0.2]);
  });
  it.each([[1, 1], [NaN, 1], [0, Infinity], [2, 1]])('there are none from %s to %s', (low, high) => {
    expect(linearTicks(low, high, 5)).toEqual([]);
  });
});

describe('plainTicks', () => {
  it('have as many digits as tell them apart, and no more', () => {
    expect(plainTicks(0, 1, 2).map((t) => t.label)).toEqual(['0', '0.5', '1']);
    expect(plainTicks(2.3024, 2.3036, 3).map((t) => t.label)).toEqual(['2.3025', '2.303', '2.3035']);
    expect(plainTicks(0.31299999, 0.31300001, 4).length).toBeGreaterThan(1);
  });
});

describe('stepTicks', () => {
  it('never fall between two steps', () => {
    expect(stepTicks(3, 6, 20).map((t) => t.at)).toEqual([3, 4, 5, 6]);
  });
  it('are written in thousands only where all of them are round', () => {
    expect(stepTicks(0, 100_000, 5).map((t) => t.label)).toEqual(['0', '20k', '40k', '60k', '80k', '100k']);
    expect(stepTicks(12_340, 12_360, 2).map((t) => t.label)).toEqual(['12,340', '12,350', '12,360']);
  });
});

describe('logTicks', () => {
  it('are powers of ten, thinned over many decades', () => {
    expect(logTicks(-3.2, 1.1, 10).map((t) => t.label)).toEqual(['10⁻³', '10⁻²', '10⁻¹', '10⁰', '10¹']);
    expect(decadeTicks(-40, 0, 5)).toEqual([-40, -30, -20, -10, 0]);
  });
  it('are round numbers where powers of ten are too few', () => {
    const ticks = logTicks(Math.log10(0.002), Math.log10(0.005), 4);
    expect(ticks.map((t) => t.label)).toEqual(['0.002', '0.003', '0.004', '0.005']);
    expect(ticks[1]?.at).toBeCloseTo(Math.log10(0.003));
  });
  it('hold for denormal and huge ranges', () => {
    expect(logTicks(-320, 300, 6).length).toBeLessThanOrEqual(8);
  });
});

describe('times', () => {
  it('are divided as clocks are', () => {
    expect(timeTicks(0, 240, 4).map((t) => t.label)).toEqual(['0 s', '1 m', '2 m', '3 m', '4 m']);
    expect(duration(7500)).toBe('2 h 5 m');
  });
  it('a clock names the day once', () => {
    const start = new Date(2026, 10, 22, 10, 0, 0).getTime() / 1000;
    expect(clockTicks(start, start + 3600, 4).map((t) => t.label)).toEqual(['11/22 10:00', '10:15', '10:30', '10:45', '11:00']);
  });
});

it('power writes exponents as superscripts', () => {
  expect([power(0), power(-12), power(30)]).toEqual(['10⁰', '10⁻¹²', '10³⁰']);
});
