import { createClient } from '@connectrpc/connect';
import { staticEndpoint } from '@mainstay/discovery';
import type { Meter } from '@mainstay/kernel';
import { silentMeter } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createRpcTransport } from '../src/index.ts';
import { connect, silent } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

/** A client of a method that takes 200 ms of its clock, and how often that ran. */
async function slowMethod(refuseHopeless: boolean) {
  const clock = new FakeClock(0);
  const seen = { runs: 0, counted: 0 };
  const served = await connect('socket', {
    async unary() {
      seen.runs += 1;
      await clock.advance(200);
      return {};
    },
  });
  const meter: Meter = {
    ...silentMeter,
    counter: ({ name }) => ({
      add: (value) => {
        if (name === 'rpc.client.hopeless') seen.counted += value;
      },
    }),
  };
  const endpoints = [staticEndpoint(served.server?.address as string)];
  const transport = createRpcTransport({
    ...silent,
    meter,
    clock,
    service: 'kinds',
    resolve: () => endpoints,
    policy: { policy: 'round_robin', refuseHopeless },
  });
  const { unary } = createClient(KindsService, transport);
  const call = (timeoutMs: number) => unary({}, { timeoutMs }).catch((error: unknown) => error);
  for (let n = 0; n < 130; n++) await call(1_000);
  return {
    seen,
    call,
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
    },
  };
}

test('after 130 answers in 200 ms, of 10 calls with 100 ms left 9 are not sent: DEADLINE_EXCEEDED, executed no, counted', async () => {
  await using slow = await slowMethod(true);

  const errors = [];
  for (let n = 0; n < 9; n++) errors.push(await slow.call(100));
  expect(slow.seen).toEqual({ runs: 130, counted: 9 });
  await slow.call(100);

  for (const error of errors) {
    expect(error).toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
      executed: 'no',
      rawMessage: expect.stringMatching(
        /Unary was not sent: 100\.0 ms are left, and 99 of 100 calls need 2\d\d\.\d ms$/,
      ),
    });
  }
  expect(slow.seen).toEqual({ runs: 131, counted: 9 });
});

test('with 300 ms left the same call is sent', async () => {
  await using slow = await slowMethod(true);

  expect(await slow.call(300)).not.toBeInstanceOf(Error);
  expect(slow.seen).toEqual({ runs: 131, counted: 0 });
});

test('with refuseHopeless: false the policy lets all of them go', async () => {
  await using slow = await slowMethod(false);

  for (let n = 0; n < 10; n++) await slow.call(100);

  expect(slow.seen.counted).toBe(0);
  expect(slow.seen.runs).toBeGreaterThan(130);
});
