import { createClient } from '@connectrpc/connect';
import { leakCheck } from '@mainstay/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chooseEngine, type EngineName } from '../../src/engine/choose-engine.ts';
import type { PeerIdentity } from '../../src/engine/tls.ts';
import { type Credentials, createDirectTransport } from '../../src/index.ts';
import { silent } from '../connect-both.ts';
import { handlerOf } from '../handler-of.ts';
import { KindsService } from '../kinds-service.ts';
import {
  type ChangeableSource,
  createTestAuthority,
  hasOpenssl,
  sourceOf,
  type TestAuthority,
} from './certificates.ts';

const names = 'IP:127.0.0.1';
let oldAuthority: TestAuthority;
let newAuthority: TestAuthority;

beforeAll(() => {
  if (!hasOpenssl) return;
  oldAuthority = createTestAuthority('old');
  newAuthority = createTestAuthority('new');
});
beforeEach((context) => {
  if (!hasOpenssl) context.skip('openssl is not installed, and certificates are needed');
});
afterAll(() => {
  if (!hasOpenssl) return;
  oldAuthority[Symbol.dispose]();
  newAuthority[Symbol.dispose]();
});

interface Pair extends AsyncDisposable {
  call(value: string): Promise<string>;
  /** Whom each call came from. */
  readonly peers: (PeerIdentity | undefined)[];
  /** Lets calls go on whose value is `wait`. */
  release(): void;
}

async function startPair(engine: EngineName, server: ChangeableSource, client: ChangeableSource): Promise<Pair> {
  const peers: (PeerIdentity | undefined)[] = [];
  const released = Promise.withResolvers<void>();
  const listening = await chooseEngine(engine).server.listen({
    host: '127.0.0.1',
    port: 0,
    methods: KindsService.methods,
    maxMessageBytes: 1_000,
    onRefused: () => undefined,
    tls: { credentials: server },
    handler: handlerOf(async ({ payload, peer }) => {
      peers.push(peer);
      if ((payload as unknown as { value: string }).value === 'wait') await released.promise;
      return { payload, header: undefined, trailer: undefined };
    }),
  });
  const transport = createDirectTransport({
    ...silent,
    engine,
    address: listening.address,
    maxAttempts: 1,
    credentials: client,
  });
  const calls = createClient(KindsService, transport);
  return {
    call: async (value) => (await calls.unary({ value })).value,
    peers,
    release: released.resolve,
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
      await listening.close(1_000);
    },
  };
}

const trusting = (credentials: Credentials, ...authorities: TestAuthority[]): Credentials => ({
  ...credentials,
  authorities: authorities.map(({ certificate }) => certificate).join('\n'),
});

describe.for(['node', 'wire'] as const)('engine %s', (engine) => {
  test('each call knows the names of its caller, read from its certificate once for a connection', async () => {
    const uris = 'URI:spiffe://shop/payments,DNS:payments.shop';
    await using pair = await startPair(engine, sourceOf(oldAuthority.issue(names)), sourceOf(oldAuthority.issue(uris)));

    await pair.call('1');
    await pair.call('2');

    expect(pair.peers[0]).toEqual({
      uris: ['spiffe://shop/payments'],
      dnsNames: ['payments.shop'],
      fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    });
    expect(pair.peers[1]).toBe(pair.peers[0]);
  });

  test('a whole fleet changes its authority in three steps while 20 callers call, and no call fails', async () => {
    await using _leaks = leakCheck();
    const [server, client] = [sourceOf(oldAuthority.issue(names)), sourceOf(oldAuthority.issue('URI:spiffe://a/1'))];
    await using pair = await startPair(engine, server, client);
    let isOver = false;
    let answered = 0;
    const caller = async (): Promise<void> => {
      for (let i = 0; !isOver; i++) {
        expect(await pair.call(`${i}`)).toBe(`${i}`);
        answered += 1;
      }
    };
    const callers = Array.from({ length: 20 }, caller);
    const someCalls = async (): Promise<void> => {
      const target = answered + 200;
      while (answered < target) await new Promise((resolve) => setImmediate(resolve));
    };

    await someCalls();
    // Both are trusted, then the new certificates are used, then the old authority is no longer trusted.
    for (const source of [server, client]) source.change(trusting(source.current(), oldAuthority, newAuthority));
    await someCalls();
    server.change(trusting(newAuthority.issue(names), oldAuthority, newAuthority));
    client.change(trusting(newAuthority.issue('URI:spiffe://a/2'), oldAuthority, newAuthority));
    await someCalls();
    for (const source of [server, client]) source.change(trusting(source.current(), newAuthority));
    await someCalls();
    isOver = true;
    await Promise.all(callers);

    expect([...new Set(pair.peers.map((peer) => peer?.uris[0]))]).toEqual(['spiffe://a/1', 'spiffe://a/2']);
  });

  test('a call that runs while certificates change ends on its old connection, and the next one shows the new certificate', async () => {
    const client = sourceOf(oldAuthority.issue('URI:spiffe://a/1'));
    await using pair = await startPair(engine, sourceOf(oldAuthority.issue(names)), client);
    const running = pair.call('wait');
    await pair.call('1');

    client.change(oldAuthority.issue('URI:spiffe://a/2'));
    await pair.call('2');
    pair.release();

    expect(await running).toBe('wait');
    expect(pair.peers.map((peer) => peer?.uris[0])).toEqual(['spiffe://a/1', 'spiffe://a/1', 'spiffe://a/2']);
  });

  test('callers whose authority is no longer trusted are told to go, and cannot come back', async () => {
    const server = sourceOf(trusting(newAuthority.issue(names), oldAuthority, newAuthority));
    const client = sourceOf(trusting(oldAuthority.issue('URI:spiffe://a/1'), newAuthority));
    await using pair = await startPair(engine, server, client);
    expect(await pair.call('1')).toBe('1');

    server.change(trusting(server.current(), newAuthority));

    await expect(async () => {
      for (;;) await pair.call('again');
    }).rejects.toMatchObject({ code: 'unavailable', executed: 'no' });
  });

  test('credentials that cannot be used change nothing', async () => {
    const server = sourceOf(oldAuthority.issue(names));
    await using pair = await startPair(engine, server, sourceOf(oldAuthority.issue('URI:spiffe://a/1')));

    server.change({ certificate: 'no PEM', key: 'none', authorities: '' });

    expect(await pair.call('1')).toBe('1');
  });
});
