import {expect, it} from 'vitest';
import {fileName, flow} from '../../src/chart/picture';

it('a file is named after its statistic and its runs, as the server names them', () => {
  expect(fileName('loss', ['dead-units/broken'], 'png')).toBe('loss-dead-units-broken.png');
  expect(fileName('loss', ['a', 'b c'], 'png')).toBe('loss-a-b-c.png');
  expect(fileName('loss', ['a', 'b', 'c', 'd'], 'png')).toBe('loss-a-and-3-more.png');
});

it('keys flow into lines and none is pushed out of an empty one', () => {
  expect(flow([60, 60, 300, 10], 130)).toEqual([{x: 0, line: 0}, {x: 60, line: 0}, {x: 0, line: 1}, {x: 0, line: 2}]);
  expect(flow([], 10)).toEqual([]);
});
