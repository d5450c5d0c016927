import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePortOffset } from '@mainstay/testing';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const cli = join(root, 'platform/cli/src/main.ts');

/** A component as `mainstay status --json` tells of it. */
export interface Component {
  readonly name: string;
  readonly state: string;
  readonly health?: string;
  readonly pid?: number;
  readonly restarts: number;
  readonly memory_bytes: number;
  readonly address?: string;
  readonly grpc_address?: string;
}

/** A fleet of real processes, started and driven by the command that users have. */
export interface Fleet extends AsyncDisposable {
  readonly gatewayUrl: string;
  readonly registryUrl: string;
  readonly dataDir: string;
  /** Milliseconds from the command to its ready page. */
  readonly startedInMs: number;
  status(): Promise<{ components: Component[]; memory_bytes: number }>;
  pidOf(name: string): Promise<number>;
  /** Runs a `mainstay` command on this fleet. */
  mainstay(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Runs one with more in its environment. */
  mainstayWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Runs a `mainstay` command on another data directory, without a fleet. */
  at(dataDir: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Address of a service's own database, as its own role. */
  databaseUrl(service: string): Promise<string>;
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child: ChildProcess = spawn(process.execPath, [cli, ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr!.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, stdout, stderr };
}

/** Fleets of this file that were not disposed yet. */
export const openFleets: Set<Fleet> = new Set();

/**
 * Starts the shop in a data directory of its own; disposing stops it and removes the directory.
 *
 * @param options.env - added to the environment of every process, for example settings of services.
 */
export async function startShop(
  options: { single?: boolean; mtls?: boolean; env?: Record<string, string> } = {},
): Promise<Fleet> {
  const offset = await freePortOffset();
  const dataDir = await mkdtemp(join(tmpdir(), 'mainstay-e2e-'));
  const up = ['up', '--detach', '--data', dataDir, '--port-offset', String(offset)];
  const beganAt = performance.now();
  const flags = [...(options.single === true ? ['--single'] : []), ...(options.mtls === true ? ['--mtls'] : [])];
  const started = await run([...up, ...flags], options.env);
  if (started.code !== 0) throw new Error(`mainstay up: ${started.stdout}\n${started.stderr}`);
  const startedInMs = performance.now() - beganAt;
  const mainstay = (...args: string[]) => run([...args, '--data', dataDir]);
  const status: Fleet['status'] = async () => {
    const { stdout, stderr, code } = await mainstay('status', '--json');
    if (code !== 0) throw new Error(`mainstay status: ${stderr}`);
    return JSON.parse(stdout) as Awaited<ReturnType<Fleet['status']>>;
  };
  const component = async (name: string): Promise<Component> => {
    const found = (await status()).components.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`there is no component ${name}`);
    return found;
  };
  const fleet: Fleet = {
    gatewayUrl: `http://127.0.0.1:${8080 + offset}`,
    registryUrl: `http://127.0.0.1:${8500 + offset}`,
    dataDir,
    startedInMs,
    status,
    async pidOf(name) {
      const { pid } = await component(name);
      if (pid === undefined) throw new Error(`${name} is not running`);
      return pid;
    },
    mainstay,
    mainstayWith: (env, ...args) => run([...args, '--data', dataDir], env),
    at: (other, ...args) => run([...args, '--data', other]),
    async databaseUrl(service) {
      const secrets = JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8')) as Record<string, string>;
      const { address } = await component('postgres');
      const { host } = new URL(address ?? '');
      return `postgres://${service}:${secrets[`database.${service}`]}@${host}/${service}`;
    },
    async [Symbol.asyncDispose]() {
      openFleets.delete(fleet);
      await mainstay('down');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  openFleets.add(fleet);
  return fleet;
}
