import { faultPoint } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { withFault } from './fault.ts';

async function work(log: string[]): Promise<void> {
  log.push('before');
  await faultPoint('work.middle');
  log.push('after');
}

test('holds the code at the point until it is released', async () => {
  using fault = withFault('work.middle');
  const log: string[] = [];
  const running = work(log);

  await fault.reached;
  expect(log).toEqual(['before']);

  fault.release();
  await running;
  expect(log).toEqual(['before', 'after']);
  expect(fault.hitCount).toBe(1);
});

test('holds the third time only when told to', async () => {
  using fault = withFault('work.middle', { at: 3 });
  const log: string[] = [];

  await work(log);
  await work(log);
  const third = work(log);
  await fault.reached;

  expect(log).toEqual(['before', 'after', 'before', 'after', 'before']);
  fault.release();
  await third;
});

test('fails the code with what run throws, once', async () => {
  using _fault = withFault('work.middle', {
    run: () => {
      throw new Error('disk full');
    },
  });

  await expect(work([])).rejects.toThrow('disk full');
  await expect(work([])).resolves.toBeUndefined();
});

test('two points are held independently', async () => {
  using first = withFault('a');
  using second = withFault('b');
  const a = Promise.resolve(faultPoint('a'));
  const b = Promise.resolve(faultPoint('b')).then(() => 'b went on');
  await Promise.all([first.reached, second.reached]);

  second.release();

  await expect(b).resolves.toBe('b went on');
  first.release();
  await a;
});

test('disposing releases what is held and makes the point free again', async () => {
  const log: string[] = [];
  const fault = withFault('work.middle');
  const running = work(log);
  await fault.reached;

  fault[Symbol.dispose]();
  await running;

  expect(faultPoint('work.middle')).toBeUndefined();
});

test.each([0, 1.5, Number.NaN])('refuses at: %s', (at) => {
  expect(() => withFault('x', { at })).toThrow('fault.at must be an integer of at least 1');
});
