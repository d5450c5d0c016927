import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Credentials } from '../../src/index.ts';
import type { PeerServer } from './peer.ts';
import { testingDescriptors } from './testing-proto.ts';

const script = fileURLToPath(new URL('./python_peer.py', import.meta.url));

function hasGrpc(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import grpc, google.protobuf'], { stdio: 'ignore' });
    return true;
  } catch {
    // Not installed, or not for this Python: the tests are skipped and say so.
    return false;
  }
}

/** A Python that has gRPC's C core: the first of the path, or the system's own; undefined when neither has. */
export const pythonWithGrpc: string | undefined = ['python3', '/usr/bin/python3'].find(hasGrpc);

/** The cases that the Python side has, by their public names, and some of ours. */
export const pythonCases: readonly string[] = [
  'empty_unary',
  'large_unary',
  'client_streaming',
  'server_streaming',
  'ping_pong',
  'empty_stream',
  'custom_metadata',
  'status_code_and_message',
  'special_status_message',
  'status_details',
  'unimplemented_method',
  'unimplemented_service',
  'timeout_on_sleeping_server',
  'cancel_after_begin',
  'cancel_after_first_response',
  'gzip',
];

function start(mode: string, credentials: Credentials | undefined, ...rest: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'mainstay-interop-'));
  const descriptors = join(folder, 'testing.binpb');
  writeFileSync(descriptors, testingDescriptors);
  for (const part of ['certificate', 'key', 'authorities'] as const) {
    if (credentials !== undefined) writeFileSync(join(folder, `${part}.pem`), credentials[part]);
  }
  const pem = credentials === undefined ? '-' : folder;
  const child = spawn(pythonWithGrpc ?? 'python3', [script, mode, descriptors, pem, ...rest], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close').finally(() => rmSync(folder, { recursive: true, force: true }));
  return { child, ended, lines: createInterface({ input: child.stdout }) };
}

/** A server on the C core, in a process of its own. */
export async function startPythonServer(credentials?: Credentials): Promise<PeerServer> {
  const { child, ended, lines } = start('serve', credentials);
  const [port] = (await once(lines, 'line')) as [string];
  return {
    address: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

/** Runs all cases with a client on the C core, in a process of its own; gives what came of each. */
export async function runPythonClient(
  address: string,
  credentials?: Credentials,
): Promise<ReadonlyMap<string, string>> {
  const { ended, lines } = start('call', credentials, address, ...pythonCases);
  const outcomes = new Map<string, string>();
  for await (const line of lines) {
    const { name, outcome } = JSON.parse(line) as { name: string; outcome: string };
    outcomes.set(name, outcome);
  }
  await ended;
  return outcomes;
}
