import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, createServer } from 'node:tls';
import { leakCheck } from '@mainstay/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openSocket } from '../../src/engine/open-socket.ts';
import { listenForSockets, type SocketServer } from '../../src/engine/socket-server.ts';
import type { Credentials } from '../../src/index.ts';
import { createTestAuthority, hasOpenssl, sourceOf, type TestAuthority } from './certificates.ts';
import { startTlsServer } from './tls-pair.ts';

let authority: TestAuthority;
let stranger: TestAuthority;
/** What a server here has. */
let own: Credentials;
let caller: Credentials;

beforeAll(() => {
  if (!hasOpenssl) return;
  authority = createTestAuthority('fleet');
  stranger = createTestAuthority('stranger');
  own = authority.issue('DNS:orders.shop,IP:127.0.0.1,URI:spiffe://shop/orders');
  caller = authority.issue('URI:spiffe://shop/payments');
});
beforeEach((context) => {
  if (!hasOpenssl) context.skip('openssl is not installed, and certificates are needed');
});
afterAll(() => {
  if (!hasOpenssl) return;
  authority[Symbol.dispose]();
  stranger[Symbol.dispose]();
});

const unreachable = { reason: 'PEER_UNREACHABLE', executed: 'no' };

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

/** What becomes of a raw TLS client: its protocol, or that it was closed. */
async function shake(address: string, options: ConnectionOptions): Promise<string> {
  const [host, port] = address.split(':') as [string, string];
  const socket = connectTls({ host, port: Number(port), rejectUnauthorized: false, ...options });
  socket.resume();
  const errors: string[] = [];
  socket.on('error', (error: Error & { code?: string }) => void errors.push(error.code ?? error.message));
  await Promise.race([closed(socket), new Promise((resolve) => socket.once('data', resolve))]);
  const outcome = socket.destroyed ? (errors[0] ?? 'closed') : `${socket.getProtocol()} ${socket.alpnProtocol}`;
  socket.destroy();
  return outcome;
}

describe.for(['node', 'wire'] as const)('engine %s', (engine) => {
  test('a call goes over TLS between two that trust one authority, by address, by DNS name and by URI', async () => {
    await using _leaks = leakCheck();
    await using server = await startTlsServer(sourceOf(own), { engine });

    for (const names of [{}, { serverName: 'orders.shop' }, { serverName: 'spiffe://shop/orders' }]) {
      const client = server.client(sourceOf(caller), names);
      expect((await client.unary({ value: 'fine' })).value).toBe('fine');
    }
    expect(server.rules).toEqual([]);
  });

  test.for(['spiffe://shop/payments', 'payments.shop', '127.0.0.2', 'localhost'])(
    'a server whose certificate does not bear the name %s is not called, whatever its common name',
    async (serverName) => {
      await using server = await startTlsServer(sourceOf(own), { engine });

      const call = server.client(sourceOf(caller), { serverName }).unary({});

      await expect(call).rejects.toMatchObject({
        ...unreachable,
        message: expect.stringContaining('the certificate is for spiffe://shop/orders, orders.shop, 127.0.0.1'),
      });
    },
  );

  test('a certificate without alternative names is for nobody, also when its common name fits', async () => {
    await using server = await startTlsServer(sourceOf(authority.issue('')), { engine });

    const call = server.client(sourceOf(caller), { serverName: 'localhost' }).unary({});

    await expect(call).rejects.toMatchObject({ ...unreachable, message: expect.stringContaining('for nobody') });
  });

  test('a server of an unknown authority is not called', async () => {
    await using server = await startTlsServer(sourceOf(own), { engine });

    const call = server.client(sourceOf({ ...caller, authorities: stranger.certificate })).unary({});

    await expect(call).rejects.toMatchObject({ ...unreachable, message: expect.stringMatching(/certificate/) });
  });

  test('a caller with a certificate of an unknown authority is refused before it can call, in the log and the counter', async () => {
    await using server = await startTlsServer(sourceOf(own), { engine });
    const foreign = stranger.issue('URI:spiffe://shop/payments');

    const call = server.client(sourceOf({ ...foreign, authorities: authority.certificate })).unary({});

    await expect(call).rejects.toMatchObject(unreachable);
    expect(server.rules).toEqual(['tls']);
    expect(server.lines).toMatchObject([{ level: 'warn', fields: { rule: 'tls', code: 'INADEQUATE_SECURITY' } }]);
  });

  test('a caller without a certificate is refused, unless none is required', async () => {
    await using strict = await startTlsServer(sourceOf(own), { engine });
    await using lax = await startTlsServer(sourceOf(own), { engine, requireClientCertificate: false });
    const bare = sourceOf({ certificate: '', key: '', authorities: authority.certificate });

    await expect(strict.client(bare).unary({})).rejects.toMatchObject(unreachable);
    expect((await lax.client(bare).unary({ value: 'fine' })).value).toBe('fine');
  });

  test('only h2 by ALPN gets through, with TLS 1.2 and a good suite at least', async () => {
    await using server = await startTlsServer(sourceOf(own), { engine, requireClientCertificate: false });
    const h2 = { ALPNProtocols: ['h2'] };

    expect(await shake(server.address, h2)).toBe('TLSv1.3 h2');
    expect(await shake(server.address, { ...h2, maxVersion: 'TLSv1.2' })).toBe('TLSv1.2 h2');
    expect(await shake(server.address, { ALPNProtocols: ['http/1.1'] })).toBe(
      'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    );
    expect(await shake(server.address, {})).toBe('closed');
    expect(await shake(server.address, { ...h2, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' })).toMatch(/^ERR_SSL/);
    const weak = { ...h2, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA:AES128-GCM-SHA256' } as const;
    expect(await shake(server.address, weak)).toMatch(/^ERR_SSL/);
    expect(server.rules).toEqual(['tls', 'tls', 'tls', 'tls']);
  });

  test('clear text on a port for TLS fails', async () => {
    await using server = await startTlsServer(sourceOf(own), { engine });

    await expect(server.client(undefined).unary({})).rejects.toMatchObject({ code: 'unavailable' });
  });
});

test('a server that does not agree on h2 is not called', async () => {
  const server = createServer({ cert: own.certificate, key: own.key });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const opened = openSocket({
    address: `127.0.0.1:${port}`,
    connectTimeoutMs: 10_000,
    tls: { credentials: sourceOf(caller) },
  });

  await expect(opened).rejects.toMatchObject({ ...unreachable, message: expect.stringContaining('HTTP/2 over TLS') });
  server.close();
});

test('a server that never answers a handshake is given up after the 50 ms of the connect time-out', async () => {
  await using _leaks = leakCheck();
  const server = createTcpServer((socket) => socket.on('error', () => undefined).resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const opened = openSocket({
    address: `127.0.0.1:${port}`,
    connectTimeoutMs: 50,
    tls: { credentials: sourceOf(caller) },
  });

  await expect(opened).rejects.toMatchObject({ ...unreachable, message: expect.stringContaining('within 50 ms') });
  server.close();
});

test('a handshake that is not done within 50 ms is cut, and one that runs does not hold up the end of the server', async () => {
  await using _leaks = leakCheck();
  const refused: string[] = [];
  const source = sourceOf(own);
  const start = (handshakeTimeoutMs: number): Promise<SocketServer> =>
    listenForSockets(
      { host: '127.0.0.1', port: 0, tls: { credentials: source, handshakeTimeoutMs } },
      {
        onSocket: () => undefined,
        onRefused: (_peer, why) => void refused.push(why),
        onAuthoritiesChanged: () => undefined,
      },
    );
  const beginOnly = async (address: string): Promise<void> => {
    const [host, port] = address.split(':') as [string, string];
    const socket = connectTcp(Number(port), host);
    socket.on('error', () => undefined);
    // The beginning of a ClientHello.
    socket.write(Buffer.from('160301020001', 'hex'));
    await closed(socket);
  };

  const hasty = await start(50);
  await beginOnly(hasty.address);
  expect(refused).toEqual(['ERR_TLS_HANDSHAKE_TIMEOUT']);
  await hasty.close();
  const patient = await start(3_600_000);
  const waiting = beginOnly(patient.address);
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([patient.close(), waiting]);
  expect(source.listenerCount()).toBe(0);
});
