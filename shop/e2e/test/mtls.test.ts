import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createClient } from '@connectrpc/connect';
import { PaymentsService } from '@mainstay/contracts/payments/v1/payments';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { type Credentials, createDirectTransport, createInternalIdentity } from '@mainstay/rpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from './support/api.ts';
import { addProduct, type Person, signInAdmin, signUp } from './support/customer.ts';
import { type Fleet, startShop } from './support/fleet.ts';
import { until } from './support/processes.ts';

let fleet: Fleet;
let internalKey: Uint8Array;
let admin: Person;
let customer: Person;
/** Data of another fleet, with an authority of its own. */
let strangers: string;

beforeAll(async () => {
  fleet = await startShop({ mtls: true });
  const secrets = JSON.parse(await readFile(join(fleet.dataDir, 'secrets.json'), 'utf8')) as { internal_key: string };
  internalKey = Buffer.from(secrets.internal_key, 'hex');
  const api = createApi(fleet.gatewayUrl);
  admin = await signInAdmin(api);
  customer = await signUp(api);
  strangers = await mkdtemp(join(tmpdir(), 'mainstay-strangers-'));
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  await rm(strangers, { recursive: true, force: true });
});

const fileOf = (name: string, dataDir = fleet.dataDir): Promise<string> =>
  readFile(join(dataDir, 'certificates', name), 'utf8');

/** The credentials of a service, by its files, with trust in the fleet. */
async function credentialsOf(service: string, dataDir = fleet.dataDir): Promise<Credentials> {
  const [certificate, key, authorities] = await Promise.all([
    fileOf(`${service}.pem`, dataDir),
    fileOf(`${service}.key`, dataDir),
    fileOf('authority.pem'),
  ]);
  return { certificate, key, authorities };
}

async function addressOf(service: string): Promise<string> {
  const { components } = await fleet.status();
  return components.find(({ name }) => name === service)?.grpc_address ?? '';
}

/** Asks payments for a refund, signed by `service`, over a connection with these credentials, or in clear text. */
async function askRefund(service: string, credentials: Credentials | undefined): Promise<string> {
  const source = credentials && { current: () => credentials, onChange: () => () => undefined };
  await using transport = createDirectTransport({
    address: await addressOf('payments'),
    identity: createInternalIdentity({ key: internalKey, service }),
    logger: silentLogger,
    meter: silentMeter,
    maxAttempts: 1,
    ...(source !== undefined && { credentials: source, serverName: 'spiffe://shop/service/payments' }),
  });
  const refund = createClient(PaymentsService, transport).refundPayment({});
  return await refund.then(
    () => 'answered',
    ({ reason }: { reason: string }) => reason,
  );
}

async function logOf(service: string): Promise<Record<string, unknown>[]> {
  const { stdout } = await fleet.mainstay('logs', service, '--lines', '100000', '--json');
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('an order goes through, though no process speaks clear text any more', async () => {
  const product = await addProduct(admin, 5);

  expect((await customer.order(product.id, 2)).status).toBe(201);
  expect(['CONNECTION_LOST', 'PEER_UNREACHABLE', 'PROTOCOL_VIOLATED']).toContain(await askRefund('gateway', undefined));
});

test('the gateway may ask for a refund; its certificate and its signature agree', async () => {
  expect(await askRefund('gateway', await credentialsOf('gateway'))).toBe('REQUEST_INVALID');
});

test('a caller without a certificate is refused in the handshake, and the log of the service says so', async () => {
  const [host, port] = (await addressOf('payments')).split(':');
  const socket = connect({
    host,
    port: Number(port),
    ca: await fileOf('authority.pem'),
    ALPNProtocols: ['h2'],
    checkServerIdentity: () => undefined,
  });
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];

  expect(error.code).toMatch(/CERTIFICATE_REQUIRED|ECONNRESET/);
  const refused = (line: Record<string, unknown>) => String(line.detail).includes('PEER_DID_NOT_RETURN_A_CERTIFICATE');
  await until('the refusal in the log', () => logOf('payments'), {
    holds: (lines) => lines.some((line) => line.rule === 'tls' && refused(line)),
    withinMs: 10_000,
  });
});

test('a certificate of another authority is refused, though it bears the right name', async () => {
  expect((await fleet.mainstay('certs', 'init')).code).toBe(1);
  await fleet.at(strangers, 'certs', 'init');
  await fleet.at(strangers, 'certs', 'issue', 'gateway');

  const outcome = await askRefund('gateway', await credentialsOf('gateway', strangers));

  expect(['CONNECTION_LOST', 'PEER_UNREACHABLE']).toContain(outcome);
});

test('a service that the contract does not name, and one that signs as another, are refused and audited', async () => {
  expect(await askRefund('users', await credentialsOf('users'))).toBe('CALLER_NOT_ALLOWED');
  expect(await askRefund('gateway', await credentialsOf('users'))).toBe('CALLER_MISMATCH');

  const audit = (await logOf('payments')).filter(({ msg }) => msg === 'caller refused');
  const certificate = 'spiffe://shop/service/users';
  expect(audit).toContainEqual(expect.objectContaining({ caller: 'users', certificate, reason: 'CALLER_NOT_ALLOWED' }));
  expect(audit).toContainEqual(expect.objectContaining({ caller: 'gateway', certificate, reason: 'CALLER_MISMATCH' }));
});

/** Fingerprint of the certificate that a service shows to a new connection. */
async function shownBy(service: string): Promise<string> {
  const [host, port] = (await addressOf(service)).split(':');
  const { certificate: cert, key, authorities: ca } = await credentialsOf('gateway');
  const checkServerIdentity = (): undefined => undefined;
  const socket = connect({ host, port: Number(port), cert, key, ca, ALPNProtocols: ['h2'], checkServerIdentity });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

test('certs rotate under load loses none of the calls, and new connections meet the new certificates', async () => {
  const before = await shownBy('products');
  const product = await addProduct(admin, 1_000);
  const ended = new AbortController();
  const statuses: number[] = [];
  const load = Array.from({ length: 4 }, async (_, worker) => {
    while (!ended.signal.aborted) {
      const isOrder = worker === 0;
      const answer = isOrder ? await customer.order(product.id, 1) : await customer.get(`/v1/products/${product.id}`);
      statuses.push(answer.status);
    }
  });

  expect((await fleet.mainstay('certs', 'rotate')).code).toBe(0);
  const issued = new X509Certificate(await fileOf('products.pem')).fingerprint256;
  expect(issued).not.toBe(before);
  await until('the new certificate', () => shownBy('products'), {
    holds: (shown) => shown === issued,
    withinMs: 20_000,
  });
  const atTheChange = statuses.length;
  await until('more calls', async () => statuses.length, { holds: (n) => n > atTheChange + 20, withinMs: 30_000 });
  ended.abort();
  await Promise.all(load);

  // 202 is an order that took longer than the wait, on a slow machine.
  expect(statuses.filter((status) => ![200, 201, 202].includes(status))).toEqual([]);
  // A process that starts now is met by those that run, with the new certificate on both sides.
  expect((await fleet.mainstay('restart', 'products')).code).toBe(0);
  // Written, because a read may be answered without the service.
  await addProduct(admin, 1);
});
