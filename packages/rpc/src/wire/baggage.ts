/** Ids are few and short; more than this is dropped, so that nobody can make a context grow. */
const maxEntries = 8;
const maxLength = 1_024;

const entryShape = /^\s*([a-z0-9_.-]{1,64})\s*=\s*([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*)\s*(?:;.*)?$/;

/**
 * Writes the ids of a context as a `baggage` header; undefined when there are none.
 *
 * @see https://www.w3.org/TR/baggage/
 */
export function formatBaggage(baggage: Readonly<Record<string, string>> | undefined): string | undefined {
  if (baggage === undefined) return undefined;
  let header = '';
  let entries = 0;
  for (const name in baggage) {
    if (++entries > maxEntries) break;
    const entry = `${name}=${encodeURIComponent(baggage[name] as string)}`;
    if (header.length + entry.length >= maxLength) break;
    header += header === '' ? entry : `,${entry}`;
  }
  return header === '' ? undefined : header;
}

/** Reads a `baggage` header; entries that cannot be read, and those beyond the limits, are left out. */
export function parseBaggage(header: string | undefined): Readonly<Record<string, string>> | undefined {
  if (header === undefined || header.length > maxLength) return undefined;
  const entries: [string, string][] = [];
  for (const part of header.split(',').slice(0, maxEntries)) {
    const [, name, encoded = ''] = entryShape.exec(part) ?? [];
    const value = decode(encoded);
    if (name !== undefined && value !== undefined) entries.push([name, value]);
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    // Not percent-encoded UTF-8: the entry is left out.
    return undefined;
  }
}
