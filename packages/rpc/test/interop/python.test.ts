import { describe, expect, test } from 'vitest';
import { cases } from './cases.ts';
import { createOurClient, startOurServer } from './connect-peers.ts';
import { engines } from './engines.ts';
import { pythonCases, pythonWithGrpc, runPythonClient, startPythonServer } from './python-peer.ts';

const why =
  pythonWithGrpc === undefined ? ' (skipped: no Python with grpc; on Debian python3-grpcio, python3-protobuf)' : '';

describe.skipIf(pythonWithGrpc === undefined).for(engines)(`engine $name and gRPC's C core${why}`, (engine) => {
  test.for(Object.entries(cases))('ours → python3-grpcio: %s', async ([, run]) => {
    await using server = await startPythonServer();
    await using client = createOurClient(server.address, engine);

    await run(client, { hidesUnknown: false });
  });

  test(`python3-grpcio → ours: all ${pythonCases.length} cases`, async () => {
    await using server = await startOurServer(engine);

    const outcomes = await runPythonClient(server.address);

    expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(pythonCases.map((name) => [name, 'passed'])));
  });

  test('ours → python3-grpcio: a compressed request is understood', async () => {
    await using server = await startPythonServer();
    await using client = createOurClient(server.address, engine, { compression: 'gzip' });

    await cases['large_unary']?.(client, { hidesUnknown: false });
  });
});
