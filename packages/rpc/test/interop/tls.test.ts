import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Credentials } from '../../src/index.ts';
import { createTestAuthority, hasOpenssl, type TestAuthority } from '../tls/certificates.ts';
import { cases } from './cases.ts';
import { createConnectNodeClient, createOurClient, startConnectNodeServer, startOurServer } from './connect-peers.ts';
import { engines } from './engines.ts';
import { createGrpcJsClient, startGrpcJsServer } from './grpc-js-peers.ts';
import type { PeerClient, PeerServer } from './peer.ts';
import { pythonCases, pythonWithGrpc, runPythonClient, startPythonServer } from './python-peer.ts';

// All of gRPC's public cases once more, over TLS with certificates of both sides.

let authority: TestAuthority;
let server: Credentials;
let client: Credentials;

beforeAll(() => {
  if (!hasOpenssl) return;
  authority = createTestAuthority('interop');
  server = authority.issue('IP:127.0.0.1,DNS:localhost');
  client = authority.issue('URI:spiffe://interop/client');
});
beforeEach((context) => {
  if (!hasOpenssl) context.skip('openssl is not installed, and certificates are needed');
});
afterAll(() => {
  if (hasOpenssl) authority[Symbol.dispose]();
});

interface Pair {
  readonly open: (address: string) => PeerClient;
  readonly start: () => Promise<PeerServer>;
  readonly hidesUnknown: boolean;
}

describe.for(engines)('engine $name over TLS', (engine) => {
  const ours = {
    open: (address: string) => createOurClient(address, engine, { credentials: client }),
    start: () => startOurServer(engine, server),
  };
  const pairs: Readonly<Record<string, Pair>> = {
    'ours → ours': { ...ours, hidesUnknown: true },
    'grpc-js → ours': {
      open: (address) => createGrpcJsClient(address, {}, client),
      start: ours.start,
      hidesUnknown: true,
    },
    'ours → grpc-js': { open: ours.open, start: () => startGrpcJsServer({}, server), hidesUnknown: false },
    'connect-node → ours': {
      open: (address) => createConnectNodeClient(address, client),
      start: ours.start,
      hidesUnknown: true,
    },
    'ours → connect-node': { open: ours.open, start: () => startConnectNodeServer(server), hidesUnknown: false },
  };

  describe.for(Object.entries(pairs))('%s', ([, pair]) => {
    test.for(Object.entries(cases))('%s', async ([, run]) => {
      await using started = await pair.start();
      await using caller = pair.open(started.address);

      await run(caller, pair);
    });
  });

  describe.skipIf(pythonWithGrpc === undefined)("and gRPC's C core", () => {
    test(`ours → python3-grpcio: all ${Object.keys(cases).length} cases`, async () => {
      await using started = await startPythonServer(server);

      for (const run of Object.values(cases)) {
        await using caller = createOurClient(started.address, engine, { credentials: client });
        await run(caller, { hidesUnknown: false });
      }
    });

    test(`python3-grpcio → ours: all ${pythonCases.length} cases`, async () => {
      await using started = await startOurServer(engine, server);

      const outcomes = await runPythonClient(started.address, client);

      expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(pythonCases.map((name) => [name, 'passed'])));
    });
  });
});
