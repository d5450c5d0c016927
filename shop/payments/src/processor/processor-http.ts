import { isPlatformError, PlatformError } from '@mainstay/kernel';
import type { z } from 'zod';
import { paymentsReasons } from '../errors.ts';
import { errorAnswer } from './answers.ts';

/** How the processor is reached. */
export interface ProcessorOptions {
  readonly url: string;
  readonly apiKey: string;
  /** How long one answer is waited for, in milliseconds. */
  readonly timeoutMs: number;
}

/** One call. */
export interface ProcessorCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Required for POST: the processor does one thing for one key. */
  readonly idempotencyKey?: string;
}

/** An answer that is not a success, and not an outage. */
export interface ProcessorRefusal {
  readonly status: number;
  readonly code: string;
  readonly body: unknown;
}

const maxAnswerBytes = 1_048_576;

/**
 * Makes one call to the card processor and reads its answer against a schema.
 *
 * @returns the value, or the refusal (a 4xx answer) for the caller to read.
 * @throws {@link PlatformError} `unavailable` / `PROCESSOR_UNAVAILABLE` when there is no answer or a 5xx; executed:
 * `no` when no connection was made or the answer was 503, else `maybe`. Its text names neither body nor key.
 */
export async function callProcessor<S extends z.ZodType>(
  options: ProcessorOptions,
  call: ProcessorCall,
  schema: S,
): Promise<{ readonly value: z.infer<S> } | { readonly refusal: ProcessorRefusal }> {
  const { status, body } = await exchange(options, call);
  if (status >= 500) {
    const message = `the card processor answered ${status} to ${call.method} ${call.path}`;
    throw new PlatformError(paymentsReasons.PROCESSOR_UNAVAILABLE, message, {
      executed: status === 503 ? 'no' : 'maybe',
    });
  }
  if (status >= 400) {
    const parsed = errorAnswer.safeParse(body);
    return { refusal: { status, code: parsed.success ? parsed.data.error.code : 'unknown', body } };
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return { value: parsed.data };
  const message = `the card processor's answer to ${call.method} ${call.path} cannot be read`;
  throw new PlatformError(paymentsReasons.PROCESSOR_UNAVAILABLE, message, { cause: parsed.error });
}

async function exchange(options: ProcessorOptions, call: ProcessorCall): Promise<{ status: number; body: unknown }> {
  const what = `${call.method} ${call.path}`;
  try {
    const response = await fetch(new URL(call.path, options.url), {
      method: call.method,
      headers: {
        authorization: `Bearer ${options.apiKey}`,
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
        ...(call.idempotencyKey !== undefined && { 'idempotency-key': call.idempotencyKey }),
      },
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    const text = await response.text();
    if (text.length > maxAnswerBytes) {
      throw new PlatformError(paymentsReasons.PROCESSOR_UNAVAILABLE, `the answer to ${what} is too large`);
    }
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  } catch (error) {
    if (isPlatformError(error)) throw error;
    const message = `the card processor did not answer ${what} within ${options.timeoutMs} ms`;
    throw new PlatformError(paymentsReasons.PROCESSOR_UNAVAILABLE, message, {
      executed: neverConnected(error) ? 'no' : 'maybe',
      cause: error,
    });
  }
}

/** Whether a failed `fetch` certainly sent nothing. */
function neverConnected(error: unknown): boolean {
  const code = (error as { cause?: { code?: unknown } }).cause?.code;
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'UND_ERR_CONNECT_TIMEOUT';
}
