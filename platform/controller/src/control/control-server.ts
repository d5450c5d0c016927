import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Logger, PlatformError, toPlatformError } from '@mainstay/kernel';
import type { StartOptions } from '../component.ts';
import { explainFileError } from '../data-dir/prepare.ts';
import { controllerReasons } from '../errors.ts';
import { componentCommandSchema, type FleetStatus } from './messages.ts';

/** What the control socket can be asked for. */
export interface Controllable {
  status(): Promise<FleetStatus>;
  start(name: string, options: StartOptions): Promise<void>;
  stop(name: string): Promise<void>;
  environment(name: string): Readonly<Record<string, string>>;
  restart(name: string, options: StartOptions): Promise<void>;
  /** Stops everything; resolves when all components are gone. */
  shutdown(): Promise<void>;
}

/**
 * Answers HTTP on a unix domain socket that only its owner may use.
 *
 * Only call as owner of the data directory: a socket file that is already there is a dead one and is removed.
 */
export async function startControlServer(path: string, fleet: Controllable, logger: Logger): Promise<AsyncDisposable> {
  await rm(path, { force: true });
  const server = createServer((request, response) => {
    answer(request, response, fleet).catch((error: unknown) => {
      const { reason, rawMessage, code } = toPlatformError(error);
      logger.warn('control command failed', { command: request.url, reason, error: rawMessage });
      if (!response.headersSent)
        send(response, code === 'internal' ? 500 : 409, { error: { reason, message: rawMessage } });
    });
  });
  const earlierMask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(explainFileError(error, path)));
      server.listen(path, resolve);
    });
  } finally {
    process.umask(earlierMask);
  }
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await closed;
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, fleet: Controllable): Promise<void> {
  const command = `${request.method} ${request.url}`;
  if (command === 'GET /status') return send(response, 200, await fleet.status());
  if (command === 'POST /shutdown') {
    await fleet.shutdown();
    return send(response, 200, {});
  }
  const action = {
    'POST /start': 'start',
    'POST /stop': 'stop',
    'POST /restart': 'restart',
    'POST /environment': 'environment',
  } as const;
  const verb = action[command as keyof typeof action];
  if (verb === undefined) throw refused(`there is no command ${command}`);
  const parsed = componentCommandSchema.safeParse(parseJson(await text(request)));
  if (!parsed.success) throw refused(`the command needs {"name": …}: ${parsed.error.issues[0]?.message}`);
  const { name, env } = parsed.data;
  if (verb === 'environment') return send(response, 200, fleet.environment(name));
  if (verb === 'stop') await fleet.stop(name);
  else await fleet[verb](name, env === undefined ? {} : { env });
  return send(response, 200, {});
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Refused below by the schema, with the same words as any other wrong body.
    return undefined;
  }
}

function refused(message: string): PlatformError {
  return new PlatformError(controllerReasons.FLEET_CONTROL_REFUSED, message);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}
