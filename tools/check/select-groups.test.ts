import { expect, test } from 'vitest';
import type { Group } from './group.ts';
import { selectGroups } from './select-groups.ts';

const group = (name: string, isTest: boolean): Group => ({ name, isTest, about: '', run: () => Promise.reject() });
const all = [group('format', false), group('unit', true), group('docs', true)];

const names = (asked: string[]): string[] => {
  const selection = selectGroups(all, asked);
  return 'groups' in selection ? selection.groups.map((chosen) => chosen.name) : [];
};

test('no name means all groups', () => {
  expect(names([])).toEqual(['format', 'unit', 'docs']);
});

test('named groups keep the order of the list', () => {
  expect(names(['docs', 'format'])).toEqual(['format', 'docs']);
});

test('the name test means every group that runs tests', () => {
  expect(names(['test'])).toEqual(['unit', 'docs']);
  expect(names(['test', 'format', 'unit'])).toEqual(['format', 'unit', 'docs']);
});

test('names of no group are reported, all of them', () => {
  expect(selectGroups(all, ['unit', 'tpyes', 'x'])).toEqual({ unknown: ['tpyes', 'x'] });
});
