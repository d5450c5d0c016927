/** Why a stream ended before its end. */
export interface StreamReset {
  /** Error code of RST_STREAM or GOAWAY; CANCEL for a connection that broke. */
  readonly code: number;
  readonly origin: 'peer' | 'us' | 'connection';
  /** True when the peer certainly did not look at the stream. */
  readonly isUnprocessed: boolean;
  readonly message: string;
}
