/** What one connection may do and hold; each value says what a peer that goes beyond it gets. */
export interface ConnectionLimits {
  /** Streams whose answer or handler is not done; more are refused with REFUSED_STREAM. */
  readonly maxConcurrentStreams: number;
  /** Decoded size of a header list; larger: ENHANCE_YOUR_CALM on the stream. */
  readonly maxHeaderListBytes: number;
  /** Encoded size of a header block over all its frames; larger: the connection ends with ENHANCE_YOUR_CALM. */
  readonly maxHeaderBlockBytes: number;
  /** CONTINUATION frames of one block; more: ENHANCE_YOUR_CALM. */
  readonly maxContinuations: number;
  /** What a peer may send on one stream before the application has taken it; more: FLOW_CONTROL_ERROR. */
  readonly streamWindowBytes: number;
  /** The same for all streams together. */
  readonly connectionWindowBytes: number;
  /** Data of ours that waits for the peer's windows; a stream that goes beyond ends with ENHANCE_YOUR_CALM. */
  readonly maxQueuedBytes: number;
  /** Answers to SETTINGS and PING that wait because the peer does not read; more: ENHANCE_YOUR_CALM. */
  readonly maxUnreadControlBytes: number;
  /** Answers of all kinds that wait so; with more, the next request gets ENHANCE_YOUR_CALM for the connection. */
  readonly maxUnreadBytes: number;
  /** Time for the preface and the first SETTINGS, in milliseconds. */
  readonly handshakeTimeoutMs: number;
  /** Time for the acknowledgement of our SETTINGS; later: SETTINGS_TIMEOUT. */
  readonly settingsAckTimeoutMs: number;
  /** Time for the rest of a frame or header block that has begun; later: ENHANCE_YOUR_CALM. */
  readonly partialTimeoutMs: number;
  /** Time without a byte taken by a peer for which bytes wait; later the connection is cut. */
  readonly writeStallTimeoutMs: number;
  /** Time in which a peer's window lets less than 16 KiB of what waits on a stream through; later: CANCEL on the stream. */
  readonly streamStallTimeoutMs: number;
  /** On servers: time for the whole request of a method that takes one message; later: CANCEL on the stream. */
  readonly requestTimeoutMs: number;
  /** Quiet time, with calls open, after which a sign of life is asked for; 0 never asks. */
  readonly keepaliveMs: number;
  /** Time for that sign of life. */
  readonly keepaliveTimeoutMs: number;
  /** A connection without streams is closed after this time; 0 keeps it. */
  readonly idleTimeoutMs: number;
  /** A connection is drained at this age; 0 lets it grow old. */
  readonly maxAgeMs: number;
}

/** Limits unless others are given. */
export const defaultLimits: ConnectionLimits = {
  // A service that answers in 10 ms takes 100,000 calls a second over one connection with this many.
  maxConcurrentStreams: 1_000,
  // What gRPC peers expect, twice over.
  maxHeaderListBytes: 16_384,
  maxHeaderBlockBytes: 32_768,
  maxContinuations: 16,
  // Full speed up to 2 GB/s at 0.1 ms of distance and 5 MB/s at 50 ms, against 1 GiB in 4,096 stuck streams.
  streamWindowBytes: 262_144,
  connectionWindowBytes: 16 * 1_048_576,
  maxQueuedBytes: 64 * 1_048_576,
  maxUnreadControlBytes: 65_536,
  // Errors with all their details for every stream that may be open, and some more.
  maxUnreadBytes: 4 * 1_048_576,
  handshakeTimeoutMs: 10_000,
  settingsAckTimeoutMs: 10_000,
  partialTimeoutMs: 20_000,
  writeStallTimeoutMs: 60_000,
  streamStallTimeoutMs: 300_000,
  // The largest request in 60 s needs 70 kB/s.
  requestTimeoutMs: 60_000,
  keepaliveMs: 20_000,
  keepaliveTimeoutMs: 5_000,
  idleTimeoutMs: 0,
  maxAgeMs: 0,
};
