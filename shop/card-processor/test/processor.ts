import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@mainstay/kernel';
import { type CardProcessorOptions, startCardProcessor } from '../src/index.ts';

export const apiKey = 'test-processor-key';

/** An answer as a test reads it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of many shapes
  readonly body: any;
}

export interface CallOptions {
  readonly key?: string;
  readonly bearer?: string;
  readonly signal?: AbortSignal;
}

/** Calls the processor as the payments service does. */
export function createCaller(url: string) {
  return async (method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> => {
    const headers = new Headers({ authorization: `Bearer ${options.bearer ?? apiKey}` });
    if (options.key !== undefined) headers.set('idempotency-key', options.key);
    if (body !== undefined) headers.set('content-type', 'application/json');
    const init: RequestInit = { method, headers, signal: options.signal ?? AbortSignal.timeout(10_000) };
    if (body !== undefined) init.body = JSON.stringify(body);
    const response = await fetch(url + path, init);
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
}

export type Caller = ReturnType<typeof createCaller>;

/** A directory of its own, removed at the end. */
export async function temporaryDir(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'card-processor-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Starts a processor in this process on a free port. */
export async function startProcessor(dataDir: string, options: Partial<CardProcessorOptions> = {}) {
  const processor = await startCardProcessor({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    apiKey,
    slowAnswerMs: 3_000,
    faultsEnabled: true,
    logger: silentLogger,
    ...options,
  });
  return { ...processor, call: createCaller(processor.url) };
}

/** A request for a hold of 19.99 USD. */
export function hold(reference: string, token = 'tok_visa', amountMinor = 1_999) {
  return { token, amount_minor: amountMinor, currency: 'USD', reference };
}
