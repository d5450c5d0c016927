import { Cancellation } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { SharedCalls } from './shared-calls.ts';

function setUp() {
  const calls = new SharedCalls<string>();
  const begun: { readonly cancellation: Cancellation; readonly answer: PromiseWithResolvers<string> }[] = [];
  const call = (cancellation: Cancellation): Promise<string> => {
    const answer = Promise.withResolvers<string>();
    begun.push({ cancellation, answer });
    return answer.promise;
  };
  const callers: Cancellation[] = [];
  const join = (key = 'a'): Promise<string> => {
    const caller = new Cancellation();
    callers.push(caller);
    return calls.join(key, caller, call);
  };
  return { calls, begun, callers, join };
}

test('of 100 callers of two keys each gets the answer of its key, from 2 calls', async () => {
  const { calls, begun, join } = setUp();
  const answers = Array.from({ length: 100 }, (_, n) => join(n % 2 === 0 ? 'a' : 'b'));
  expect([calls.size, calls.waiting]).toEqual([2, 100]);

  begun.forEach(({ answer }, n) => answer.resolve(String(n)));

  expect(new Set(await Promise.all(answers))).toEqual(new Set(['0', '1']));
  expect([begun.length, calls.size]).toEqual([2, 0]);
});

test('who asks after a change begins a call; those who wait get the answer of theirs, and cancel it when all have gone', async () => {
  const { calls, begun, callers, join } = setUp();
  const [early, earlyToo] = [join(), join()];
  calls.beginAnew();
  const late = join();
  expect([begun.length, calls.size, calls.waiting]).toEqual([2, 1, 3]);

  callers[0]?.cancel(new Error('gone'));
  callers[1]?.cancel(new Error('gone'));
  await expect(early).rejects.toThrow('gone');
  await expect(earlyToo).rejects.toThrow('gone');
  expect(begun.map(({ cancellation }) => cancellation.isCanceled)).toEqual([true, false]);
  begun[1]?.answer.resolve('new');
  expect([await late, calls.size, calls.waiting]).toEqual(['new', 0, 0]);
});

test('a call that fails fails for all who wait, and the next caller begins anew', async () => {
  const { begun, join } = setUp();
  const both = [join(), join()];
  begun[0]?.answer.reject(new Error('down'));

  for (const one of both) await expect(one).rejects.toThrow('down');
  const next = join();
  begun[1]?.answer.resolve('up');
  expect(await next).toBe('up');
});

test('a caller that goes away leaves the others their answer; the last one cancels the call', async () => {
  const { begun, callers, join, calls } = setUp();
  const [first, second] = [join(), join()];
  callers[0]?.cancel(new Error('gone'));

  await expect(first).rejects.toThrow('gone');
  expect(begun[0]?.cancellation.isCanceled).toBe(false);
  callers[1]?.cancel(new Error('gone, too'));
  await expect(second).rejects.toThrow('gone, too');
  expect([begun[0]?.cancellation.isCanceled, calls.size]).toEqual([true, 0]);

  const third = join();
  begun[0]?.answer.resolve('late');
  begun[1]?.answer.resolve('fresh');
  expect(await third).toBe('fresh');
});
