import {expect, it} from 'vitest';
import {onceAFrame} from '../../src/chart/frame';

/** Frames that come when the test says so. */
function frames() {
  const waiting = new Map<number, () => void>();
  let next = 0;
  return {
    schedule: (run: () => void) => (waiting.set(++next, run), next),
    cancel: (id: number) => void waiting.delete(id),
    paint: () => {
      const all = [...waiting.values()];
      waiting.clear();
      all.forEach((run) => run());
    },
    get count() {
      return waiting.size;
    },
  };
}

it('works once a frame, with the latest', () => {
  const clock = frames();
  const seen: number[] = [];
  const task = onceAFrame((n: number) => void seen.push(n), clock.schedule, clock.cancel);
  [1, 2, 3].forEach(task.ask);
  expect([clock.count, seen]).toEqual([1, []]);
  clock.paint();
  task.ask(4);
  clock.paint();
  expect(seen).toEqual([3, 4]);
});

it('does nothing for what was dropped', () => {
  const clock = frames();
  const seen: number[] = [];
  const task = onceAFrame((n: number) => void seen.push(n), clock.schedule, clock.cancel);
  task.ask(1);
  task.drop();
  clock.paint();
  task.drop();
  expect(seen).toEqual([]);
});
