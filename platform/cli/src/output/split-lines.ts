/** A version of a split as the gateway shows it. */
export interface ShownShare {
  readonly version: string;
  readonly percent: number;
  /** Null while the gateway does not know the registry. */
  readonly instances: number | null;
}

/** `2.0.0 10 % (3 instances)`. */
export function showShare({ version, percent, instances }: ShownShare): string {
  const share = `${version} ${Math.round(percent * 100) / 100} %`;
  if (instances === null) return share;
  const count = instances === 0 ? 'no instance' : instances === 1 ? '1 instance' : `${instances} instances`;
  return `${share} (${count})`;
}

/** Says that nobody runs these versions, which is no error: they may be about to start. */
export function absenceOf(service: string, versions: readonly string[]): string {
  const named = versions.map((version) => `${service} ${version}`).join(' and ');
  return `no instance of ${named} is registered: until one is, others stand in, and copies for it are dropped`;
}
