import type { Client } from '@connectrpc/connect';
import { createClient, type ServiceImpl, type Transport } from '@connectrpc/connect';
import { type LogFields, type Logger, type Meter, silentLogger, silentMeter } from '@mainstay/kernel';
import {
  bindService,
  createDirectTransport,
  createInProcessTransport,
  createInternalIdentity,
  type RpcServer,
  type RpcServerOptions,
  startRpcServer,
} from '../src/index.ts';
import { KindsService } from './kinds-service.ts';

export const key = new Uint8Array(32).fill(7);
export const identity = createInternalIdentity({ key, service: 'tests' });
/** For calls that a contract lets the gateway alone make. */
export const gateway = createInternalIdentity({ key, service: 'gateway' });
export const silent = { logger: silentLogger, meter: silentMeter, identity };

/** How a call reaches its handler. */
export type Way = 'socket' | 'in-process';
export const ways: readonly Way[] = ['socket', 'in-process'];

export interface Connected extends AsyncDisposable {
  readonly client: Client<typeof KindsService>;
  readonly transport: Transport;
  /** Only over a socket. */
  readonly server: RpcServer | undefined;
}

/** Serves an implementation one way and gives a client of it. */
export async function connect(
  way: Way,
  implementation: Partial<ServiceImpl<typeof KindsService>>,
  options: Partial<Omit<RpcServerOptions, 'identity' | 'bindings'>> & { maxAttempts?: number } = {},
): Promise<Connected> {
  const binding = bindService(KindsService, implementation);
  const settings = { ...silent, ...options };
  if (way === 'in-process') {
    const transport = createInProcessTransport({ ...settings, bindings: () => [binding] });
    return {
      client: createClient(KindsService, transport),
      transport,
      server: undefined,
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
  const server = await startRpcServer({ serving: () => true, ...settings, bindings: [binding] });
  const { maxAttempts = 3 } = options;
  const transport = createDirectTransport({ ...silent, maxAttempts, address: server.address });
  return {
    client: createClient(KindsService, transport),
    transport,
    server,
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps its lines. */
export function keepingLogger(lines: Line[], bound: LogFields = {}): Logger {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields: { ...bound, ...fields } });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => keepingLogger(lines, { ...bound, ...fields }),
  };
}

export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** A meter that keeps what its histograms record. */
export function keepingMeter(measurements: Measurement[]): Meter {
  return {
    ...silentMeter,
    histogram: ({ name }) => ({ record: (value, labels = {}) => void measurements.push({ name, value, labels }) }),
  };
}

/** Resolves when a signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Waits for ever, or until the signal aborts. */
export async function never(signal: AbortSignal): Promise<never> {
  await aborted(signal);
  throw signal.reason;
}

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of stream) all.push(value);
  return all;
}
