/** Names of a certificate, by kind. */
export interface SubjectNames {
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
}

/** `DNS:a, URI:"b, c", IP Address:1.2.3.4`; what could be mistaken stands in quotes, as in JSON. */
const entry = /([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g;

/** Reads the subject alternative names as `node:crypto` and `node:tls` write them; the common name is no name. */
export function readSubjectNames(text: string | undefined): SubjectNames {
  const names = { uris: [] as string[], dnsNames: [] as string[], addresses: [] as string[] };
  for (const [, kind, written = ''] of (text ?? '').matchAll(entry)) {
    const value = written.startsWith('"') ? (JSON.parse(written) as string) : written;
    if (kind === 'URI') names.uris.push(value);
    else if (kind === 'DNS') names.dnsNames.push(value);
    else if (kind === 'IP Address') names.addresses.push(value);
  }
  return names;
}
