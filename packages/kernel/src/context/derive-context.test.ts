import { expect, test } from 'vitest';
import { Cancellation } from '../cancellation.ts';
import { anonymousIdentity, type CallContext } from './call-context.ts';
import { deriveContext } from './derive-context.ts';
import { newTrace } from './trace.ts';

class Lazy implements CallContext {
  readonly identity = anonymousIdentity;
  readonly cancellation = new Cancellation();
  readonly idempotencyKey = 'outer';
  readonly owner = {};
  readonly transaction = { name: 't', source: {}, isOpen: true, outer: undefined, beforeRemoteCall: () => undefined };
  readonly #trace = newTrace();
  get trace() {
    return this.#trace;
  }
  get signal() {
    return this.cancellation.signal;
  }
}

test('keeps fields that are getters of a class', () => {
  const base = new Lazy();

  const derived = deriveContext(base, { idempotencyKey: 'inner' });

  expect(derived).toEqual({
    trace: base.trace,
    identity: anonymousIdentity,
    signal: base.signal,
    cancellation: base.cancellation,
    owner: base.owner,
    transaction: base.transaction,
    idempotencyKey: 'inner',
  });
});

test('another signal takes the place of the cancellation', () => {
  const { signal } = new AbortController();

  const derived = deriveContext(new Lazy(), { signal });

  expect(derived.signal).toBe(signal);
  expect(derived.cancellation).toBeUndefined();
});
