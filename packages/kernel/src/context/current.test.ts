import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { anonymousIdentity, type CallContext } from './call-context.ts';
import {
  currentContext,
  runInContext,
  runInContextAlone,
  runnerIn,
  runOutsideOfCalls,
  withContext,
} from './current.ts';
import { newTrace } from './trace.ts';

const contextOf = (userId: string): CallContext => ({
  trace: newTrace(),
  identity: { kind: 'user', userId, roles: ['customer'] },
});

test('there is no context outside of a call', () => {
  expect(currentContext()).toBeUndefined();
});

test('everything awaited inside sees the context, and afterwards it is gone', async () => {
  const context = contextOf('u1');

  const seen = await runInContext(context, async () => {
    await nextTurn();
    await Promise.all([nextTurn(), Promise.resolve()]);
    return currentContext();
  });

  expect(seen).toBe(context);
  expect(currentContext()).toBeUndefined();
});

test('100 calls at once each see their own user at every step', async () => {
  const call = async (userId: string): Promise<boolean> => {
    for (let step = 0; step < 5; step++) {
      await (step % 2 === 0 ? nextTurn() : Promise.resolve());
      if (currentContext()?.identity.userId !== userId) return false;
    }
    return true;
  };

  const users = Array.from({ length: 100 }, (_, index) => `u${index}`);
  const kept = await Promise.all(users.map((userId) => runInContext(contextOf(userId), () => call(userId))));

  expect(kept).toEqual(users.map(() => true));
});

test('a runner runs each step, and what it awaits, in its context, wherever it is called from', async () => {
  const context = contextOf('u1');
  const other = contextOf('u2');
  const run = runnerIn(context);

  const seen = await runInContext(other, async () => {
    const before = run(currentContext);
    const later = await run(async () => {
      await nextTurn();
      return currentContext();
    });
    return [before, later, currentContext()];
  });

  expect(seen).toEqual([context, context, other]);
  expect(() =>
    run(() => {
      throw new Error('x');
    }),
  ).toThrow('x');
  expect(currentContext()).toBeUndefined();
});

test('other storages hold inside a context what they held outside, and all is as before when it ends', async () => {
  const other = new AsyncLocalStorage<string>();
  const [outer, inner] = [contextOf('u1'), contextOf('u2')];
  const look = async () => {
    await nextTurn();
    return [other.getStore(), currentContext()];
  };

  const seen = await other.run('mine', () =>
    runInContext(outer, async () => [
      await runInContext(inner, look),
      await runInContext(outer, look),
      await runOutsideOfCalls(look),
      await look(),
    ]),
  );

  expect(seen).toEqual([
    ['mine', inner],
    ['mine', outer],
    ['mine', undefined],
    ['mine', outer],
  ]);
});

test('a function that runs in a context alone sees nothing of other storages, whatever it awaits', async () => {
  const other = new AsyncLocalStorage<string>();
  const context = contextOf('u1');

  const seen = await other.run('mine', async () => {
    const inside = await runInContextAlone(context, async () => {
      await nextTurn();
      return [other.getStore(), currentContext()];
    });
    expect(() => runInContextAlone(context, () => expect.fail('x'))).toThrow('x');
    return [inside, [other.getStore(), currentContext()]];
  });

  expect(seen).toEqual([
    [undefined, context],
    ['mine', undefined],
  ]);
});

test('withContext replaces fields for what runs inside only, and keeps the others', async () => {
  const outer = { ...contextOf('u1'), idempotencyKey: 'outer' };

  await runInContext(outer, async () => {
    const inner = await withContext({ idempotencyKey: 'inner' }, async () => {
      await nextTurn();
      return currentContext();
    });

    expect(inner).toEqual({ ...outer, idempotencyKey: 'inner' });
    expect(currentContext()).toBe(outer);
  });
});

test('withContext outside of a call begins a trace for nobody in particular', () => {
  const context = withContext({ tenant: 't1' }, () => currentContext());

  expect(context).toMatchObject({ tenant: 't1', identity: anonymousIdentity });
  expect(context?.trace.traceId).toMatch(/^[0-9a-f]{32}$/);
});

test('an error leaves no context behind', () => {
  expect(() =>
    runInContext(contextOf('u1'), () => {
      throw new Error('x');
    }),
  ).toThrow('x');
  expect(currentContext()).toBeUndefined();
});

test('the anonymous identity cannot be given roles', () => {
  expect(Object.isFrozen(anonymousIdentity)).toBe(true);
  expect(Object.isFrozen(anonymousIdentity.roles)).toBe(true);
});
