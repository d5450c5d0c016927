/** What is known about one key of a client. */
export interface KeyRecord {
  /** Public part of the key. */
  readonly prefix: string;
  readonly sha256: Buffer;
  readonly client: string;
  readonly tier: string;
  readonly tenant: string | undefined;
  /** Empty allows every route. */
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
  readonly revokedAt: Date | undefined;
  /** Prefix of the key that takes its place. */
  readonly replacedBy: string | undefined;
  readonly revision: bigint;
}

/** State of a key at a moment. */
export function keyState({ expiresAt, revokedAt }: KeyRecord, nowMs: number): 'active' | 'expired' | 'revoked' {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt.getTime() <= nowMs ? 'expired' : 'active';
}
