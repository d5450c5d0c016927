/** An address, and how long it holds. */
export interface DnsAddress {
  readonly address: string;
  /** Undefined when the answer does not tell. */
  readonly ttlSeconds: number | undefined;
}

/** A target of an SRV record. */
export interface DnsTarget {
  readonly name: string;
  readonly port: number;
  /** Lower ones are used first. */
  readonly priority: number;
  /** Share among those of equal priority; 0 counts as the smallest. */
  readonly weight: number;
}

/**
 * DNS as this package sees it. A name that does not exist, or has no such record, is an empty answer; everything else
 * that goes wrong rejects.
 */
export interface DnsPort {
  addresses(name: string, family: 4 | 6, signal: AbortSignal): Promise<readonly DnsAddress[]>;
  targets(name: string, signal: AbortSignal): Promise<readonly DnsTarget[]>;
}
