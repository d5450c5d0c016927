import { stat } from 'node:fs/promises';
import { request } from 'node:http';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { PlatformError, systemClock } from '@mainstay/kernel';
import type { StartOptions } from '../component.ts';
import { dataPaths } from '../data-dir/data-paths.ts';
import { lockOwner } from '../data-dir/lock.ts';
import { controllerReasons } from '../errors.ts';
import { controlErrorSchema, environmentSchema, type FleetStatus } from './messages.ts';

/** Speaks with the controller that runs on a data directory. */
export interface ControlClient {
  status(): Promise<FleetStatus>;
  start(name: string, options?: StartOptions): Promise<void>;
  stop(name: string): Promise<void>;
  restart(name: string, options?: StartOptions): Promise<void>;
  /** What the process of a service is started with, its secrets included. Never log it. */
  environment(name: string): Promise<Readonly<Record<string, string>>>;
  /** Stops the whole fleet; resolves when the controller has given the data directory free. */
  shutdown(): Promise<void>;
}

/**
 * Makes a client for the fleet on a data directory; connects at each command.
 *
 * Every command throws `FLEET_NOT_RUNNING` when nobody answers, and the controller's own errors otherwise.
 */
export function createControlClient(dataDir: string): ControlClient {
  const paths = dataPaths(resolve(dataDir));
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    if (lockOwner(paths.lock) === undefined || !(await isOwn(paths.socket))) throw notRunning(paths.root);
    return send({ socketPath: paths.socket, method, path, body, dataDir: paths.root });
  };
  return {
    status: async () => (await call('GET', '/status')) as FleetStatus,
    start: async (name, options) => void (await call('POST', '/start', { name, ...options })),
    stop: async (name) => void (await call('POST', '/stop', { name })),
    restart: async (name, options) => void (await call('POST', '/restart', { name, ...options })),
    environment: async (name) => environmentSchema.parse(await call('POST', '/environment', { name })),
    async shutdown() {
      const pid = lockOwner(paths.lock);
      await call('POST', '/shutdown');
      while (pid !== undefined && lockOwner(paths.lock) === pid) await systemClock.sleep(20);
    },
  };
}

/** Whether the socket is ours: in the temporary directory somebody else may have put one of the same name. */
async function isOwn(socketPath: string): Promise<boolean> {
  const found = await stat(socketPath).catch(() => undefined);
  return found?.uid === process.getuid?.();
}

interface Call {
  readonly socketPath: string;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly dataDir: string;
}

function send({ socketPath, method, path, body, dataDir }: Call): Promise<unknown> {
  return new Promise((done, fail) => {
    const outgoing = request({ socketPath, method, path, agent: false }, (response) => {
      text(response).then((received) => {
        const answer: unknown = JSON.parse(received);
        if (response.statusCode === 200) done(answer);
        else fail(asError(answer));
      }, fail);
    });
    outgoing.on('error', (cause) => fail(notRunning(dataDir, cause)));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function asError(answer: unknown): PlatformError {
  const parsed = controlErrorSchema.safeParse(answer);
  const { reason, message } = parsed.success ? parsed.data.error : { reason: '', message: 'the controller failed' };
  const known = Object.values(controllerReasons).find((row) => row.name === reason);
  return new PlatformError(known ?? controllerReasons.FLEET_CONTROL_REFUSED, message);
}

function notRunning(dataDir: string, cause?: unknown): PlatformError {
  const message = `no fleet is running on ${dataDir}; start one with \`mainstay up\``;
  return new PlatformError(controllerReasons.FLEET_NOT_RUNNING, message, { cause });
}
