import { expect, test } from 'vitest';
import { Cancellation } from './cancellation.ts';

function recorder(into: unknown[], name: string) {
  return { onCancel: (reason: unknown) => void into.push([name, reason]) };
}

test('tells three listeners in the order they came, once, whatever comes after', () => {
  const told: unknown[] = [];
  const cancellation = new Cancellation();
  for (const name of ['first', 'second', 'third']) cancellation.listen(recorder(told, name));

  cancellation.cancel('enough');
  cancellation.cancel('again');

  expect(told).toEqual([
    ['first', 'enough'],
    ['second', 'enough'],
    ['third', 'enough'],
  ]);
  expect(cancellation.reason).toBe('enough');
});

test('a listener that comes too late is told at once', () => {
  const told: unknown[] = [];
  const cancellation = new Cancellation();
  cancellation.cancel('enough');

  cancellation.listen(recorder(told, 'late'));

  expect(told).toEqual([['late', 'enough']]);
});

test('a forgotten listener is not told, the others are', () => {
  const told: unknown[] = [];
  const cancellation = new Cancellation();
  const [first, second, third] = ['first', 'second', 'third'].map((name) => recorder(told, name));
  for (const listener of [first, second, third]) cancellation.listen(listener!);

  cancellation.unlisten(first!);
  cancellation.unlisten(second!);
  cancellation.unlisten(second!);
  cancellation.cancel('enough');

  expect(told).toEqual([['third', 'enough']]);
});

test('a signal read before or after aborts with the reason, and is always the same', () => {
  const early = new Cancellation();
  const { signal } = early;
  expect(signal.aborted).toBe(false);
  early.cancel('enough');
  expect(signal).toBe(early.signal);
  expect(signal.reason).toBe('enough');

  const late = new Cancellation();
  late.cancel('too late');
  expect(late.signal).toMatchObject({ aborted: true, reason: 'too late' });
});

test('the signal is aborted when listeners are told', () => {
  const cancellation = new Cancellation();
  const { signal } = cancellation;
  let wasAborted = false;
  cancellation.listen({ onCancel: () => void (wasAborted = signal.aborted) });

  cancellation.cancel('enough');

  expect(wasAborted).toBe(true);
});
