import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import {
  BadRequestSchema,
  DebugInfoSchema,
  ErrorInfoSchema,
  LocalizedMessageSchema,
  PreconditionFailureSchema,
  QuotaFailureSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from '@mainstay/contracts/google/rpc/error_details';
import { codeNumber, codes, PlatformError as Failure, type PlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import {
  bindService,
  createDirectTransport,
  createMessageCatalogue,
  englishMessages,
  localizedMessageOf,
  startRpcServer,
  statusReasons,
  toConnectError,
} from '../src/index.ts';
import { connect, silent, ways } from './connect-both.ts';
import { everyReason } from './every-reason.ts';
import { KindsService } from './kinds-service.ts';

test(`each of ${everyReason.length} reasons is a status with standard details that hold nothing of the inside`, () => {
  expect(everyReason.length).toBeGreaterThan(150);
  for (const reason of everyReason) {
    const error = new Failure(reason, 'what happened', {
      metadata: { order_id: '42' },
      violations: [{ field: 'items[0].sku', rule: 'string.min_len', message: 'is empty' }],
      cause: new Error('password=hunter2 at db.internal:5432'),
    });

    const status = toConnectError(error);

    expect(status.code, reason.name).toBe(codeNumber(reason.code));
    const details = new Map(status.details.map((detail) => ['desc' in detail ? detail.desc.typeName : '', detail]));
    expect([...details.keys()].filter((name) => name === DebugInfoSchema.typeName)).toEqual([]);
    expect(valueOf(details, ErrorInfoSchema)).toEqual({
      reason: reason.name,
      domain: 'mainstay.dev',
      metadata: { order_id: '42' },
    });
    expect(valueOf(details, BadRequestSchema)).toEqual({
      fieldViolations: [{ field: 'items[0].sku', reason: 'string.min_len', description: 'is empty' }],
    });
    const isAbout = reason.code === 'not_found' || reason.code === 'already_exists';
    const resource = { resourceType: 'order', resourceName: '42', owner: '', description: '' };
    expect(valueOf(details, ResourceInfoSchema), reason.name).toEqual(isAbout ? resource : undefined);
    expect(details.has(RetryInfoSchema.typeName), reason.name).toBe(reason.retry === 'after');
    const sent = JSON.stringify(
      status.details.map((detail) => ('value' in detail ? detail.value : '')),
      (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    );
    expect(sent).not.toMatch(/hunter2|db\.internal/);
  }
});

function valueOf(details: ReadonlyMap<string, object>, schema: DescMessage): unknown {
  return (details.get(schema.typeName) as { value?: unknown } | undefined)?.value;
}

type Detail = { desc: DescMessage; value: MessageInitShape<DescMessage> };
const detail = <D extends DescMessage>(desc: D, value: MessageInitShape<D>): Detail => ({
  desc,
  value: create(desc, value),
});

/** An error of a server that knows nothing of ours, read by our client over a socket. */
async function readForeign(code: Code, details: readonly Detail[]): Promise<PlatformError> {
  // As bytes, which is how the details of a peer come.
  const packed = details.map(({ desc, value }) => ({ desc, value }));
  await using theirs = await foreignServer(new ConnectError('no luck', code, undefined, packed as never));
  await using transport = createDirectTransport({ ...silent, address: theirs.address, maxAttempts: 1 });
  const failure: unknown = await createClient(KindsService, transport)
    .unsafe({})
    .catch((error: unknown) => error);
  return failure as PlatformError;
}

async function foreignServer(error: ConnectError) {
  const { createServer } = await import('node:http2');
  const { connectNodeAdapter } = await import('@connectrpc/connect-node');
  const adapter = connectNodeAdapter({
    routes: (router) =>
      void router.service(KindsService, {
        unsafe() {
          throw error;
        },
      }),
  });
  const server = createServer(adapter);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as import('node:net').AddressInfo;
  return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() };
}

test('an error with google.rpc details only gives reason, domain, violations, pause, thing and sentence', async () => {
  const error = await readForeign(Code.NotFound, [
    detail(ErrorInfoSchema, { reason: 'BOOK_GONE', domain: 'library.example', metadata: { shelf: '7' } }),
    detail(BadRequestSchema, {
      fieldViolations: [{ field: 'isbn', reason: 'CHECKSUM', description: 'does not add up' }],
    }),
    detail(PreconditionFailureSchema, {
      violations: [{ subject: 'reader', type: 'CARD', description: 'has expired' }],
    }),
    detail(QuotaFailureSchema, { violations: [{ subject: 'project:1', description: 'daily limit' }] }),
    detail(RetryInfoSchema, { retryDelay: { seconds: 2n, nanos: 500_000_000 } }),
    detail(ResourceInfoSchema, { resourceType: 'book', resourceName: 'b-1' }),
    detail(LocalizedMessageSchema, { locale: 'de', message: 'Das Buch ist weg.' }),
    detail(DebugInfoSchema, { detail: 'secret stack' }),
  ]);

  expect(error).toMatchObject({
    code: 'not_found',
    reason: 'BOOK_GONE',
    rawMessage: 'no luck',
    retry: 'after',
    retryAfterMs: 2_500,
    metadata: { shelf: '7', domain: 'library.example', resource_type: 'book', resource_name: 'b-1' },
    violations: [
      { field: 'isbn', rule: 'CHECKSUM', message: 'does not add up' },
      { field: 'reader', rule: 'CARD', message: 'has expired' },
      { field: 'project:1', rule: 'quota', message: 'daily limit' },
    ],
  });
  expect(localizedMessageOf(error)).toEqual({ language: 'de', message: 'Das Buch ist weg.' });
  expect(JSON.stringify({ ...error })).not.toContain('secret stack');
});

test('an error that is only a status has the reason of its code, for all 16 codes', async () => {
  for (const code of codes) {
    const error = await readForeign(codeNumber(code), []);
    const named = { canceled: 'CANCELED', deadline_exceeded: 'DEADLINE_EXCEEDED', internal: 'INTERNAL' }[
      code as string
    ];
    expect([error.code, error.reason]).toEqual([code, named ?? `STATUS_${code.toUpperCase()}`]);
    expect(error.retry === 'never' || error.executed !== 'yes').toBe(true);
  }
});

test.for(ways)('%s: an error is said in the language that the call names, else not at all', async (way) => {
  const messages = createMessageCatalogue({
    de: { not_found: 'Das gibt es nicht.', STATUS_ABORTED: 'Bestellung {order_id} hat sich geändert.' },
  });
  let next = new Failure(statusReasons.STATUS_NOT_FOUND, 'no order 42');
  await using connected = await connect(
    way,
    {
      unsafe() {
        throw next;
      },
    },
    { messages },
  );
  const said = async (acceptLanguage?: string): Promise<unknown> => {
    const headers: Record<string, string> = acceptLanguage === undefined ? {} : { 'accept-language': acceptLanguage };
    const error: unknown = await connected.client.unsafe({}, { headers }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: next.reason, rawMessage: next.rawMessage });
    return localizedMessageOf(error as PlatformError);
  };

  expect(await said()).toBeUndefined();
  expect(await said('de-CH, fr;q=0.9')).toEqual({ language: 'de', message: 'Das gibt es nicht.' });
  expect(await said('fr, de;q=0.1')).toEqual({ language: 'de', message: 'Das gibt es nicht.' });
  expect(await said('fr, *')).toEqual({ language: 'en', message: 'We could not find what you asked for.' });
  next = new Failure(statusReasons.STATUS_ABORTED, 'changed', { metadata: { order_id: '42' } });
  expect(await said('de')).toEqual({ language: 'de', message: 'Bestellung 42 hat sich geändert.' });
  next = new Failure(statusReasons.STATUS_ABORTED, 'changed');
  expect(await said('de')).toMatchObject({ language: 'en' });
});

test('the English catalogue has a sentence for every reason, and none names anything of the inside', () => {
  for (const reason of everyReason) {
    const sentence = englishMessages.sentence(new Failure(reason, 'x'), 'en');
    expect(sentence, reason.name).toMatch(/^[A-Z].+\.$/);
  }
  expect(() => createMessageCatalogue({ 'not a tag!': {} })).toThrow('must be tables by language tag');
});

test('rules of the contract and rules of the service are one list, in one answer', async () => {
  const binding = bindService(
    KindsService,
    { unary: ({ value }) => ({ value }) },
    {
      unary({ value }, violations) {
        if (value.includes(' ')) violations.add('value', 'name.spaces', 'has spaces');
        const tags = value.split(',');
        for (const [i, tag] of tags.entries()) {
          if (tags.indexOf(tag) < i) violations.at('tags', i).add('', 'tags.unique', 'is there twice');
          if (tag.length > 3) violations.at('tags', i).add('name', 'tags.length', 'is longer than 3');
        }
      },
    },
  );
  await using server = await startRpcServer({ ...silent, bindings: [binding], serving: () => true });
  await using transport = createDirectTransport({ ...silent, address: server.address });
  const client = createClient(KindsService, transport);

  expect((await client.unary({ value: 'a,b' })).value).toBe('a,b');
  await expect(client.unary({ value: 'a,a,long tag' })).rejects.toMatchObject({
    reason: 'REQUEST_INVALID',
    rawMessage: 'the request is not valid: value, tags[1], tags[2].name',
    violations: [
      { field: 'value', rule: 'name.spaces', message: 'has spaces' },
      { field: 'tags[1]', rule: 'tags.unique', message: 'is there twice' },
      { field: 'tags[2].name', rule: 'tags.length', message: 'is longer than 3' },
    ],
  });
});
