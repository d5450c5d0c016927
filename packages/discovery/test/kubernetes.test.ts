import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@mainstay/kernel';
import { sleepOn, systemClock } from '@mainstay/kernel';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createEndpointSliceSource, type EndpointSource } from '../src/index.ts';
import { createKubernetesApi } from '../src/source/kubernetes/node-kubernetes.ts';
import { KubernetesServer } from './kubernetes-server.ts';

/** The program that makes the server's certificate; a bare machine may lack it. */
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

let folder: string;
let tokenFile: string;
let caFile: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mainstay-k8s-'));
  [tokenFile, caFile] = [join(folder, 'token'), join(folder, 'ca.crt')];
  if (!hasOpenssl) return;
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(folder, 'tls.key')];
  execFileSync('openssl', ['req', '-x509', '-days', '1', ...key, ...subject, '-out', caFile], { stdio: 'ignore' });
});
beforeEach((context) => {
  if (!hasOpenssl) context.skip('openssl is not installed, and the server of this test needs a certificate');
  writeFileSync(tokenFile, 'first-token\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Pauses before new tries, 0.5 to 30 s, are cut to 1 ms; all other limits are far. */
const hasty: Clock = {
  ...systemClock,
  sleep: (_ms, signal) => sleepOn(systemClock, 1, signal),
};

function sourceOf(server: KubernetesServer): EndpointSource {
  const api = createKubernetesApi({ baseUrl: server.url, tokenFile, caFile });
  return createEndpointSliceSource({ api, namespace: 'shop', service: 'orders', portName: 'grpc', clock: hasty });
}

/** Resolves when the source knows exactly these addresses. */
function knows(source: EndpointSource, ...addresses: string[]): Promise<void> {
  const expected = addresses
    .map((address) => `${address}:50051`)
    .toSorted()
    .join();
  const isSo = (): boolean =>
    source
      .endpoints()
      .map(({ address }) => address)
      .toSorted()
      .join() === expected;
  return new Promise((resolve) => {
    const stop = source.onChange(() => check());
    const check = (): void => {
      if (!isSo()) return;
      stop();
      resolve();
    };
    check();
  });
}

test('over HTTPS with the token of the service account: a list, then every change', async () => {
  await using server = await KubernetesServer.start({
    key: readFileSync(join(folder, 'tls.key')),
    cert: readFileSync(caFile),
  });
  server.put('orders-a', ['10.0.0.1', '10.0.0.2']);
  await using source = sourceOf(server);
  await knows(source, '10.0.0.1', '10.0.0.2');
  await server.watched();

  server.put('orders-b', ['10.0.0.3']);
  await knows(source, '10.0.0.1', '10.0.0.2', '10.0.0.3');
  server.put('orders-a', ['10.0.0.2']);
  await knows(source, '10.0.0.2', '10.0.0.3');
  server.remove('orders-b');
  await knows(source, '10.0.0.2');

  expect(server.requests[0]).toEqual({
    path: '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dorders',
    authorization: 'Bearer first-token',
  });
  expect(server.requests[1]?.path).toContain('watch=1&resourceVersion=');
  expect(source.endpoints()[0]).toMatchObject({ id: 'uid-10.0.0.2:50051', metadata: { zone: 'eu-a' } });
  expect(source.status()).toMatchObject({ kind: 'kubernetes', staleForMs: 0, lastError: undefined });
});

test('a certificate of another authority is refused, and nothing is sent', async () => {
  await using server = await KubernetesServer.start({
    key: readFileSync(join(folder, 'tls.key')),
    cert: readFileSync(caFile),
  });
  const api = createKubernetesApi({ baseUrl: server.url, tokenFile, caFile: tokenFile });

  const asked = api.list({ namespace: 'shop', service: 'orders' }, new AbortController().signal);

  await expect(asked).rejects.toMatchObject({ reason: 'KUBERNETES_REFUSED', code: 'unavailable' });
  expect(server.requests).toEqual([]);
});

test('a watch that the server ends goes on from the version seen last; the token is read again', async () => {
  await using server = await KubernetesServer.start();
  server.put('orders-a', ['10.0.0.1']);
  await using source = sourceOf(server);
  await knows(source, '10.0.0.1');
  await server.watched();
  server.event({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '900' } } });
  server.put('orders-b', ['10.0.0.2'], { metadata: { name: 'orders-b', resourceVersion: '950' } });
  await knows(source, '10.0.0.1', '10.0.0.2');
  writeFileSync(tokenFile, 'second-token\n');

  server.endWatches('end');
  await server.watched();

  expect(server.requests.at(-1)).toEqual({
    path: expect.stringContaining('resourceVersion=950'),
    authorization: 'Bearer second-token',
  });
  expect(server.requests.filter(({ path }) => !path.includes('watch'))).toHaveLength(1);
});

test('a watch that breaks, and one whose version is too old, list again and find what was missed', async () => {
  await using server = await KubernetesServer.start();
  server.put('orders-a', ['10.0.0.1']);
  await using source = sourceOf(server);
  await knows(source, '10.0.0.1');
  await server.watched();

  server.putSilently('orders-a', ['10.0.0.7']);
  server.endWatches('destroy');
  await knows(source, '10.0.0.7');
  await server.watched();

  server.putSilently('orders-a', ['10.0.0.8']);
  server.oldestVersion = 103;
  server.endWatches('end');
  await knows(source, '10.0.0.8');
});

test('while the API refuses, what is known stays in use, and the status names the refusal', async () => {
  await using server = await KubernetesServer.start();
  server.put('orders-a', ['10.0.0.1']);
  await using source = sourceOf(server);
  await knows(source, '10.0.0.1');
  await server.watched();

  server.status = 403;
  const before = server.requests.length;
  server.endWatches('destroy');
  while (server.requests.length < before + 3) await new Promise((resolve) => setImmediate(resolve));

  expect(source.endpoints()).toHaveLength(1);
  expect(source.status().lastError).toContain('403');
  server.status = undefined;
  server.putSilently('orders-a', ['10.0.0.2']);
  await knows(source, '10.0.0.2');
});
