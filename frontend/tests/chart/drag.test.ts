import {expect, it} from 'vitest';
import {dragOf, dragRect} from '../../src/chart/drag';
import {commandOf} from '../../src/chart/keyboard';

const plot = {left: 100, top: 10, width: 400, height: 200};

it('an unsteady click is a click', () => {
  expect(dragOf({x: 200, y: 50}, {x: 203, y: 52}, plot)).toEqual({kind: 'click'});
  expect(dragRect({kind: 'click'}, plot)).toBeNull();
});
it('sideways zooms steps, in either direction and clamped to the plot', () => {
  expect(dragOf({x: 300, y: 50}, {x: 20, y: 60}, plot)).toEqual({kind: 'columns', from: 100, to: 300});
});
it('up and down zooms rows, and so does any drag over the names', () => {
  expect(dragOf({x: 300, y: 50}, {x: 310, y: 900}, plot)).toEqual({kind: 'rows', from: 50, to: 210});
  expect(dragOf({x: 50, y: 50}, {x: 90, y: 70}, plot)).toEqual({kind: 'rows', from: 50, to: 70});
});

const key = (name: string, more: object = {}) => commandOf({key: name, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more});

it('arrows move a cell, ten with Shift', () => {
  expect(key('ArrowRight')).toEqual({kind: 'move', down: 0, right: 1});
  expect(key('ArrowUp', {shiftKey: true})).toEqual({kind: 'move', down: -10, right: 0});
});
it("leaves the browser's own shortcuts and Tab alone", () => {
  expect(key('+', {ctrlKey: true})).toBeNull();
  expect(key('ArrowLeft', {altKey: true})).toBeNull();
  expect(key('Tab')).toBeNull();
});
it('zooms, selects and resets', () => {
  expect([key('+')?.kind, key('-')?.kind, key('Enter')?.kind, key('Escape')?.kind, key('Home')?.kind]).toEqual(['zoom', 'zoom', 'select', 'reset', 'edge']);
});
