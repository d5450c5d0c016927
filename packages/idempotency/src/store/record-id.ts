/** Which record is meant. */
export interface RecordId {
  /** Operation and caller. */
  readonly scope: string;
  readonly key: string;
}

/** A record as it is written. */
export interface NewRecord extends RecordId {
  readonly fingerprint: Uint8Array;
  readonly effectId: string;
  /** Epoch that stood there when it was looked at; 0 for none. */
  readonly seenEpoch: bigint;
  readonly ttlMs: number;
}

/** A record in the hands of a call. */
export interface HeldRecord extends RecordId {
  /** Tells it from a later record with the same epoch, which there can be once this one has expired and was removed. */
  readonly effectId: string;
  readonly epoch: bigint;
  readonly ttlMs: number;
}
