import type { ServerSessionOptions, Settings } from 'node:http2';

/** What one connection may do and hold; each value says what a peer that goes beyond it gets. */
export interface SessionLimits {
  /** Streams that are open, and handlers that run for streams already gone; more are refused with REFUSED_STREAM. */
  readonly maxConcurrentStreams: number;
  /** Decoded size of a header list; larger: the stream is reset. */
  readonly maxHeaderListBytes: number;
  /** Fields of a header list; more: ENHANCE_YOUR_CALM on the stream. */
  readonly maxHeaderFields: number;
  /** What a peer may send on one stream before the application has taken it; more: FLOW_CONTROL_ERROR. */
  readonly streamWindowBytes: number;
  /** The same for all streams together. */
  readonly connectionWindowBytes: number;
  /** Memory of a connection that `node:http2` counts, data for a slow reader among it; above it no stream is taken. */
  readonly maxMemoryMiB: number;
  /** Streams that a peer may reset at once, and again each second; more: GOAWAY. */
  readonly resetBurst: number;
  readonly resetsPerSecond: number;
  /** Streams that were refused, and malformed frames; more: the connection ends with ENHANCE_YOUR_CALM. */
  readonly maxRejectedStreams: number;
  readonly maxInvalidFrames: number;
  /** Time for the preface, the first SETTINGS and the acknowledgement of ours, in milliseconds; later: SETTINGS_TIMEOUT. */
  readonly handshakeTimeoutMs: number;
  /** Time without a byte taken by a peer for which messages wait; later the connection is cut. */
  readonly writeStallTimeoutMs: number;
  /** Quiet time, with calls open, after which a sign of life is asked for; 0 never asks. */
  readonly keepaliveMs: number;
  /** Time for that sign of life. */
  readonly keepaliveTimeoutMs: number;
  /** A connection without streams is closed after this time; 0 keeps it. */
  readonly idleTimeoutMs: number;
  /** A connection is drained at this age; 0 lets it grow old. */
  readonly maxAgeMs: number;
}

/** Limits unless others are given; where the wire engine has the same one, its value. */
export const defaultLimits: SessionLimits = {
  maxConcurrentStreams: 1_000,
  maxHeaderListBytes: 16_384,
  maxHeaderFields: 128,
  streamWindowBytes: 262_144,
  connectionWindowBytes: 16 * 1_048_576,
  maxMemoryMiB: 64,
  resetBurst: 2_000,
  resetsPerSecond: 200,
  // A peer may open a full window of streams before it has seen our limit.
  maxRejectedStreams: 1_000,
  maxInvalidFrames: 100,
  handshakeTimeoutMs: 10_000,
  writeStallTimeoutMs: 60_000,
  keepaliveMs: 20_000,
  keepaliveTimeoutMs: 5_000,
  idleTimeoutMs: 0,
  maxAgeMs: 0,
};

/** The limits that `node:http2` keeps itself, as it wants them. */
export function sessionOptions(limits: SessionLimits): ServerSessionOptions {
  return {
    maxHeaderListPairs: limits.maxHeaderFields,
    maxSessionMemory: limits.maxMemoryMiB,
    maxSessionRejectedStreams: limits.maxRejectedStreams,
    maxSessionInvalidFrames: limits.maxInvalidFrames,
    streamResetBurst: limits.resetBurst,
    streamResetRate: limits.resetsPerSecond,
    settings: settingsOf(limits),
  };
}

function settingsOf({ maxConcurrentStreams, maxHeaderListBytes, streamWindowBytes }: SessionLimits): Settings {
  return {
    enablePush: false,
    initialWindowSize: streamWindowBytes,
    maxConcurrentStreams,
    maxHeaderListSize: maxHeaderListBytes,
  };
}
