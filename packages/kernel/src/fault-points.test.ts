import { afterEach, expect, test } from 'vitest';
import { faultPoint, setFaultHandler } from './fault-points.ts';

afterEach(() => setFaultHandler(undefined));

test('costs nothing to wait for when no handler is set', () => {
  expect(faultPoint('a.b')).toBeUndefined();
});

test('hands its name to the handler, which may delay or throw', async () => {
  const names: string[] = [];
  setFaultHandler(async (name) => {
    names.push(name);
    if (name === 'fails') throw new Error('here');
  });

  await faultPoint('a.b');
  await expect(async () => faultPoint('fails')).rejects.toThrow('here');

  expect(names).toEqual(['a.b', 'fails']);
});
