import { remainingMs } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import { FakeClock } from '@mainstay/testing';
import { describe, expect, it } from 'vitest';
import type { WatchThingsRequest } from './contracts/gen/lab/v1/lab_pb.ts';
import { type Answer, fast, startTestGateway, type TestGateway, type TestGatewayOptions } from './harness.ts';
import { labServiceWith } from './lab.ts';

/** A lab whose one method has 10 s by its contract and hangs; the times that its calls were left, and how many were cut off. */
async function open(clock: FakeClock, options: TestGatewayOptions = {}) {
  const seen = { leftMs: [] as number[], cut: 0 };
  const only = async (): Promise<object> => {
    const context = currentContext();
    seen.leftMs.push(remainingMs(context?.deadline, clock));
    await new Promise((resolve) => context?.signal?.addEventListener('abort', resolve, { once: true }));
    seen.cut += 1;
    return {};
  };
  const policy = { timeoutMs: 10_000, idempotency: 'IDEMPOTENCY_SAFE', cache: { coalesce: true } };
  const labContract = labServiceWith({ get: '/lab/only' }, policy as never);
  const lab = await startTestGateway(
    { lab: { only }, labContract },
    { services: [labContract], clock, keptAnswersBytes: 1_000_000, ...options },
  );
  return { lab, seen };
}

const ask = (lab: TestGateway, timeout?: string): Promise<Answer> =>
  lab.send('GET', '/lab/only', { headers: { ...fast, ...(timeout !== undefined && { 'grpc-timeout': timeout }) } });

/** Whether a request is still without its answer. */
const isWaiting = (answer: Promise<unknown>): Promise<boolean> =>
  Promise.race([answer.then(() => false), new Promise<boolean>((resolve) => setImmediate(() => resolve(true)))]);

describe('a client that waits for 200 ms of the 10 s of the contract', () => {
  it('has a service that is left 200 ms, and its answer 504 at that time, not 1 ms earlier', async () => {
    const clock = new FakeClock();
    const { lab, seen } = await open(clock);
    await using _ = lab;
    const asked = ask(lab, '200m');
    await expect.poll(() => seen.leftMs).toEqual([200]);

    await clock.advance(199);
    expect(await isWaiting(asked)).toBe(true);
    await clock.advance(1);

    const { status, json } = await asked;
    expect([status, json.reason, json.executed]).toEqual([504, 'DEADLINE_EXCEEDED', 'maybe']);
    await expect.poll(() => seen.cut).toBe(1);
  });

  it('is told so at that time, too, while it waits for a place, and is never called', async () => {
    const clock = new FakeClock();
    const bulkhead = { maxConcurrent: 1, maxQueued: 1, queueTimeoutMs: 5_000 };
    const { lab, seen } = await open(clock, { protection: { bulkhead } });
    await using _ = lab;
    const running = ask(lab, '1S');
    await expect.poll(() => seen.leftMs).toEqual([1_000]);
    const waiting = ask(lab, '200m');
    await expect
      .poll(() => lab.gateway.status())
      .toMatchObject({ protection: { lab: { bulkheads: [{ name: 'lab/read', running: 1, queued: 1 }, {}] } } });
    await clock.advance(200);

    const { status, json } = await waiting;
    expect([status, json.reason, json.executed]).toEqual([504, 'DEADLINE_EXCEEDED', 'no']);
    expect(seen.leftMs).toEqual([1_000]);
    await clock.advance(800);
    expect((await running).status).toBe(504);
  });

  it('shares no call with others, who go on', async () => {
    const clock = new FakeClock();
    const { lab, seen } = await open(clock);
    await using _ = lab;
    const hurried = ask(lab, '200m');
    await expect.poll(() => seen.leftMs).toEqual([200]);
    const patient = ask(lab);
    await expect.poll(() => seen.leftMs).toEqual([200, 10_000]);
    await clock.advance(200);

    expect((await hurried).status).toBe(504);
    expect(await isWaiting(patient)).toBe(true);
    await clock.advance(9_800);
    expect((await patient).status).toBe(504);
  });

  it('opens no circuit, however often; one that waits for 9 s does', async () => {
    const clock = new FakeClock();
    const circuits = { minimumCalls: 2, failureStreak: 2, services: {} };
    const { lab, seen } = await open(clock, { protection: { circuits } });
    await using _ = lab;
    const wait = async (timeout: string, ms: number): Promise<string> => {
      const before = seen.leftMs.length;
      const asked = ask(lab, timeout);
      await expect.poll(() => seen.leftMs.length).toBe(before + 1);
      await clock.advance(ms);
      return (await asked).json.reason;
    };
    for (let i = 0; i < 4; i++) expect(await wait('200m', 200)).toBe('DEADLINE_EXCEEDED');
    expect(lab.gateway.status()).toMatchObject({ circuits: [{ state: 'closed', failures: 0 }] });

    for (let i = 0; i < 2; i++) expect(await wait('9S', 9_000)).toBe('DEADLINE_EXCEEDED');
    expect((await ask(lab)).json.reason).toBe('CIRCUIT_OPEN');
  });
});

describe('a client that waits for longer than the contract gives', () => {
  it('changes nothing: the service is left 10 s, and the answer is 504 then', async () => {
    const clock = new FakeClock();
    const { lab, seen } = await open(clock);
    await using _ = lab;
    const asked = ask(lab, '1H');
    await expect.poll(() => seen.leftMs).toEqual([10_000]);
    await clock.advance(10_000);

    expect((await asked).status).toBe(504);
  });
});

describe('a time that cannot be read', () => {
  it.each(['soon', '0m', '2s', '1.5S', '-1S', '2S, 3S'])(
    '%j is refused with 400, and nothing is called',
    async (timeout) => {
      const { lab, seen } = await open(new FakeClock());
      await using _ = lab;
      const { status, json } = await ask(lab, timeout);

      expect([status, json.reason, json.violations[0].field]).toEqual([400, 'HEADER_INVALID', 'grpc-timeout']);
      expect(json.detail).toContain('Grpc-Timeout');
      expect(seen.leftMs).toEqual([]);
    },
  );
});

describe('a stream', () => {
  it('ends with DEADLINE_EXCEEDED when the client waits no longer, after what came', async () => {
    const clock = new FakeClock();
    let leftMs = 0;
    let isOver = false;
    async function* watchThings({ text }: WatchThingsRequest, { signal }: { signal: AbortSignal }) {
      leftMs = remainingMs(currentContext()?.deadline, clock);
      yield { position: 1n, text };
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      isOver = true;
    }
    await using lab = await startTestGateway({ lab: { watchThings } }, { clock });
    const asked = lab.send('GET', '/lab/watch/a', { headers: { ...fast, 'grpc-timeout': '3S' } });
    await expect.poll(() => leftMs).toBe(3_000);
    await clock.advance(3_000);

    const [first, last] = (await asked).text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toEqual({ position: '1', text: 'a' });
    expect(last['@problem']).toMatchObject({ status: 504, reason: 'DEADLINE_EXCEEDED' });
    await expect.poll(() => isOver).toBe(true);
  });
});
