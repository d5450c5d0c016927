import { createClient } from '@connectrpc/connect';
import { createBalancer, type Endpoint, staticEndpoint } from '@mainstay/discovery';
import { type Clock, kernelReasons, PlatformError, systemClock } from '@mainstay/kernel';
import { FakeClock, leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createRpcTransport } from '../src/index.ts';
import { aborted, connect, silent } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

type Handler = (signal: AbortSignal) => Promise<string>;

/** Instances that answer in turn; calls go to the first, a second try to the next. */
async function startFleet(handlers: readonly Handler[], clock: Clock = systemClock) {
  const stack = new AsyncDisposableStack();
  const endpoints: Endpoint[] = [];
  for (const handler of handlers) {
    const hedged = async (_: unknown, { signal }: { signal: AbortSignal }) => ({ value: await handler(signal) });
    const unary = hedged;
    const { server } = stack.use(await connect('socket', { hedged, unary }));
    endpoints.push(staticEndpoint(server?.address as string));
  }
  const transport = stack.use(
    createRpcTransport({
      ...silent,
      service: 'kinds',
      resolve: () => endpoints,
      balancer: createBalancer('round_robin'),
      maxAttempts: 1,
      clock,
    }),
  );
  return { client: createClient(KindsService, transport), [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Answers never, and tells when its signal aborts. */
function hanging() {
  const [started, stopped] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let calls = 0;
  const handler: Handler = async (signal) => {
    calls += 1;
    started.resolve();
    await aborted(signal);
    stopped.resolve();
    throw signal.reason;
  };
  return { handler, started: started.promise, stopped: stopped.promise, calls: () => calls };
}

const answering =
  (value: string): Handler =>
  async () =>
    value;

test('a late answer is asked for at another instance, and the try that hung is canceled there', async () => {
  await using _leaks = leakCheck();
  const slow = hanging();
  await using fleet = await startFleet([slow.handler, answering('second')]);

  const { value } = await fleet.client.hedged({});
  await slow.stopped;

  expect(value).toBe('second');
  expect(slow.calls()).toBe(1);
});

test('a method whose contract does not ask for it waits for its one try', async () => {
  const slow = hanging();
  let others = 0;
  await using fleet = await startFleet([
    slow.handler,
    async () => {
      others += 1;
      return 'second';
    },
  ]);

  await expect(fleet.client.unary({}, { timeoutMs: 300 })).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  expect(others).toBe(0);
});

test('with one instance the first try is waited for, and is the only one', async () => {
  const [entered, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const clock = new FakeClock();
  let calls = 0;
  const handler: Handler = async () => {
    calls += 1;
    entered.resolve();
    await release.promise;
    return 'first';
  };
  await using fleet = await startFleet([handler], clock);
  const answer = fleet.client.hedged({});
  await entered.promise;
  await clock.advance(1_000);
  release.resolve();

  expect((await answer).value).toBe('first');
  expect(calls).toBe(1);
});

test('a try that fails while the other runs is waited out, whichever of the two it is', async () => {
  const late = (waitsFor: Promise<void>): Handler => {
    return async () => {
      await waitsFor;
      return 'answer';
    };
  };
  const failing = (waitsFor: Promise<void>, failed: () => void): Handler => {
    return async () => {
      await waitsFor;
      setImmediate(failed);
      throw new PlatformError(kernelReasons.INTERNAL, 'broken');
    };
  };
  for (const fails of ['first', 'second']) {
    const [both, failed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const bad = failing(both.promise, failed.resolve);
    const good = late(failed.promise);
    const handlers: [Handler, Handler] = fails === 'first' ? [bad, good] : [good, bad];
    const second = handlers[1];
    handlers[1] = (signal) => {
      both.resolve();
      return second(signal);
    };
    await using fleet = await startFleet(handlers);

    expect((await fleet.client.hedged({})).value).toBe('answer');
  }
});

test('a failure passes on as that of the call, and a caller that goes away ends both tries', async () => {
  const [one, two] = [hanging(), hanging()];
  await using fleet = await startFleet([one.handler, two.handler]);
  await using broken = await startFleet([
    async () => {
      throw new PlatformError(kernelReasons.REQUEST_INVALID, 'not so');
    },
  ]);
  const controller = new AbortController();
  const left = fleet.client.hedged({}, { signal: controller.signal });
  await Promise.all([one.started, two.started]);
  controller.abort();

  await expect(left).rejects.toMatchObject({ reason: 'CANCELED' });
  await Promise.all([one.stopped, two.stopped]);
  await expect(broken.client.hedged({})).rejects.toMatchObject({ reason: 'REQUEST_INVALID' });
});
