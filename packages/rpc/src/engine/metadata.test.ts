import { expect, test } from 'vitest';
import { Metadata, toHeaders } from './metadata.ts';

test('several values of a name are joined as Headers join them', () => {
  const metadata = new Metadata(['x-id', '1', 'other', 'a', 'x-id', '2']);

  expect(metadata.get('x-id')).toBe('1, 2');
  expect(metadata.toHeaders().get('x-id')).toBe('1, 2');
  expect(metadata.get('none')).toBeUndefined();
});

test.each(['before', 'after'])('set, append and delete work %s Headers were asked for', (when) => {
  const metadata = new Metadata(['a', '1', 'b', '2', 'a', '3']);
  if (when === 'after') metadata.toHeaders();

  metadata.set('a', '4');
  metadata.delete('b');
  metadata.append('c', '5');
  metadata.append('c', '6');

  expect(metadata.get('a')).toBe('4');
  expect(metadata.has('b')).toBe(false);
  expect([...metadata.toHeaders()]).toEqual([
    ['a', '4'],
    ['c', '5, 6'],
  ]);
  expect(metadata.flat()).toEqual(['a', '4', 'c', '5, 6']);
});

test('what is set on the Headers is seen in the metadata, and the other way round', () => {
  const metadata = new Metadata(['a', '1']);
  const headers = metadata.toHeaders();

  headers.set('b', '2');
  metadata.set('c', '3');

  expect(metadata.get('b')).toBe('2');
  expect(headers.get('c')).toBe('3');
  expect(metadata.toHeaders()).toBe(headers);
});

test('a copy shares nothing', () => {
  const metadata = new Metadata(['a', '1']);
  const copy = metadata.copy();

  copy.set('a', '2');

  expect(metadata.get('a')).toBe('1');
});

test('Headers that are handed in are used as they are', () => {
  const headers = new Headers({ a: '1' });

  expect(Metadata.of(headers).toHeaders()).toBe(headers);
  expect([...toHeaders(undefined)]).toEqual([]);
});
