import type { TraceContext } from './call-context.ts';

const shape = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

function randomHex(byteCount: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(byteCount));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Starts a new trace; sampled. */
export function newTrace(): TraceContext {
  return { traceId: randomHex(16), spanId: randomHex(8), sampled: true };
}

/** Continues a trace with a new span. */
export function childTrace(parent: TraceContext): TraceContext {
  return { ...parent, spanId: randomHex(8) };
}

/**
 * Reads a `traceparent` header.
 *
 * @returns undefined for a malformed header, version ff, or all-zero ids; a higher version is read as version 00.
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function parseTraceparent(header: string | undefined, traceState?: string): TraceContext | undefined {
  const match = header === undefined ? null : shape.exec(header);
  if (match === null) return undefined;
  const [, version, traceId, spanId, flags] = match as unknown as [string, string, string, string, string];
  if (version === 'ff' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  if (version === '00' && header !== `00-${traceId}-${spanId}-${flags}`) return undefined;
  const sampled = (Number.parseInt(flags, 16) & 1) === 1;
  return traceState === undefined ? { traceId, spanId, sampled } : { traceId, spanId, sampled, traceState };
}

/** Writes a `traceparent` header. */
export function formatTraceparent(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`;
}
