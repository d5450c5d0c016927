import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { kernelReasons, PlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { rpcReasons, statusReasons } from '../src/index.ts';
import { connect, keepingLogger, type Line, ways } from './connect-both.ts';
import { everyReason } from './every-reason.ts';

const hidden = new Set(['internal', 'unknown', 'data_loss']);
const shown = everyReason.filter(({ code }) => !hidden.has(code));

/** What a caller can see of an error. */
function visible(error: unknown): object {
  const { code, reason, executed, retry, retryAfterMs, httpStatus, metadata, violations, rawMessage } =
    error as PlatformError;
  return { code, reason, executed, retry, retryAfterMs, httpStatus, metadata, violations, rawMessage };
}

async function failureOf(call: Promise<unknown>): Promise<PlatformError> {
  try {
    await call;
  } catch (error) {
    return error as PlatformError;
  }
  throw new Error('the call did not fail');
}

test.for(ways)('%s: every reason comes back as it was thrown, with all that one error adds', async (way) => {
  let next: PlatformError;
  const implementation = {
    unsafe() {
      throw next;
    },
  };
  await using connected = await connect(way, implementation, { maxAttempts: 1 });
  const additions = {
    executed: 'yes',
    retryAfterMs: 1_234,
    httpStatus: 418,
    metadata: { order_id: '42', note: 'ä ö %' },
    violations: [{ field: 'items[2].quantity', rule: 'int32.gt', message: 'must be more than 0' }],
  } as const;

  for (const reason of shown) {
    next = new PlatformError(reason, 'plain');
    const plain = await failureOf(connected.client.unsafe({}));
    expect(visible(plain), reason.name).toEqual(visible(next));

    next = new PlatformError(reason, 'everything: "quoted", 100 %, ü\nsecond line', additions);
    const full = await failureOf(connected.client.unsafe({}));
    expect(visible(full), reason.name).toEqual(visible(next));
  }
});

test.for(ways)('%s: internal errors show one sentence and an id, the log has the cause', async (way) => {
  const lines: Line[] = [];
  const options = { logger: keepingLogger(lines) };
  const thrown = [
    new Error('password=hunter2'),
    'a string',
    undefined,
    new PlatformError(kernelReasons.INTERNAL, 'secret detail', { metadata: { table: 'users' } }),
    new ConnectError('secret detail', Code.Unknown),
    new ConnectError('secret detail', Code.DataLoss),
  ];
  let next: unknown;
  await using connected = await connect(
    way,
    {
      unary() {
        throw next;
      },
    },
    options,
  );

  for (next of thrown) {
    const failure = await failureOf(connected.client.unary({}));
    const errorId = failure.metadata.error_id;
    expect(failure.rawMessage).toBe(`something failed that was not foreseen; error id ${errorId}`);
    expect(failure.metadata).toEqual({ error_id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const line = lines.find(({ fields }) => fields.error_id === errorId);
    expect(line).toMatchObject({
      level: 'error',
      message: 'call failed',
      fields: { rpc: 'test.v1.KindsService/Unary' },
    });
    expect((line as Line & { fields: { error: PlatformError } }).fields.error.rawMessage).not.toContain('not foreseen');
  }
  expect(lines.filter(({ message }) => message === 'call failed')).toHaveLength(thrown.length);
});

test.for(ways)('%s: a bare ConnectError of a handler keeps its code and sentence', async (way) => {
  let code = Code.NotFound;
  await using connected = await connect(way, {
    unary() {
      throw new ConnectError('no such thing', code);
    },
  });

  expect(await failureOf(connected.client.unary({}))).toMatchObject({
    code: 'not_found',
    reason: 'STATUS_NOT_FOUND',
    rawMessage: 'no such thing',
  });
  code = Code.FailedPrecondition;
  expect(await failureOf(connected.client.unary({}))).toMatchObject({ reason: 'STATUS_FAILED_PRECONDITION' });
});

test.for(ways)('%s: an error in the middle of a stream arrives after the messages before it', async (way) => {
  await using connected = await connect(way, {
    async *serverStream() {
      yield { value: 'one' };
      throw new PlatformError(statusReasons.STATUS_ABORTED, 'enough');
    },
  });
  const seen: string[] = [];

  const reading = async (): Promise<void> => {
    for await (const { value } of connected.client.serverStream({})) seen.push(value);
  };

  await expect(reading()).rejects.toMatchObject({ reason: 'STATUS_ABORTED', rawMessage: 'enough' });
  expect(seen).toEqual(['one']);
});

test.for(ways)('%s: 500 violations are cut to what a header can carry, and their number is told', async (way) => {
  const violations = Array.from({ length: 500 }, (_, i) => ({
    field: `items[${i}].quantity`,
    rule: 'int32.gt',
    message: 'must be greater than 0',
  }));
  await using connected = await connect(way, {
    unary() {
      throw new PlatformError(kernelReasons.REQUEST_INVALID, 'x'.repeat(10_000), {
        violations,
        metadata: { note: 'n'.repeat(5_000) },
      });
    },
  });

  const failure = await failureOf(connected.client.unary({}));

  expect(failure).toMatchObject({ reason: 'REQUEST_INVALID', metadata: { violations_omitted: expect.any(String) } });
  expect(failure.violations.length).toBeGreaterThan(60);
  expect(Number(failure.metadata.violations_omitted)).toBe(500 - failure.violations.length);
  expect(failure.violations).toEqual(violations.slice(0, failure.violations.length));
});

test.for(ways)('%s: a sentence that ends in half a character is still an error', async (way) => {
  await using connected = await connect(way, {
    unary() {
      throw new PlatformError(statusReasons.STATUS_ABORTED, 'half a smile: \ud83d');
    },
  });

  expect(await failureOf(connected.client.unary({}, { timeoutMs: 500 }))).toMatchObject({
    reason: 'STATUS_ABORTED',
    rawMessage: 'half a smile: \ufffd',
  });
});

test.for(ways)('%s: what a called service did not run is not passed on as not run by the caller of it', async (way) => {
  await using inner = await connect(way, {
    unary() {
      throw new PlatformError(rpcReasons.SERVER_DRAINING, 'going away');
    },
  });
  await using outer = await connect(way, {
    unsafe: () => inner.client.unary({}),
    unary: () => inner.client.unary({}),
  });

  expect(await failureOf(outer.client.unsafe({}))).toMatchObject({ reason: 'SERVER_DRAINING', executed: 'maybe' });
  expect(await failureOf(outer.client.unary({}))).toMatchObject({ reason: 'SERVER_DRAINING', executed: 'no' });
});

test.for(ways)('%s: what is not served is refused with METHOD_UNKNOWN', async (way) => {
  await using connected = await connect(way, {});

  expect(await failureOf(connected.client.unbound({}))).toMatchObject({ reason: 'METHOD_UNKNOWN', executed: 'no' });
  const { RegistryService } = await import('@mainstay/contracts/mainstay/registry/v1/registry');
  const registry = createClient(RegistryService, connected.transport);
  expect(await failureOf(registry.listServices({}))).toMatchObject({
    reason: 'METHOD_UNKNOWN',
    executed: 'no',
    rawMessage: 'mainstay.registry.v1.RegistryService/ListServices is not served here',
  });
});
