/** What a header means to the server itself. */
export type FieldRole = 'plain' | 'host' | 'length' | 'coding' | 'connection' | 'expect' | 'upgrade' | 'cookie';

/** A header's name as programs see it. */
export interface KnownField {
  readonly name: string;
  readonly role: FieldRole;
}

const roles: Readonly<Record<string, FieldRole>> = {
  host: 'host',
  'content-length': 'length',
  'transfer-encoding': 'coding',
  connection: 'connection',
  expect: 'expect',
  upgrade: 'upgrade',
  cookie: 'cookie',
};

const plainNames =
  'accept accept-encoding accept-language authorization cache-control content-encoding content-type dnt forwarded from idempotency-key if-match if-modified-since if-none-match if-unmodified-since keep-alive last-event-id origin pragma prefer priority range referer sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user sec-websocket-extensions sec-websocket-key sec-websocket-protocol sec-websocket-version te traceparent tracestate upgrade-insecure-requests user-agent via x-api-key x-forwarded-for x-forwarded-host x-forwarded-proto x-real-ip x-request-id x-trace-id'.split(
    ' ',
  );

const capitals = (name: string): string => name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());

/** Usual names in both usual spellings: found in a table, they need neither a check nor a string of their own. */
export const knownFields: ReadonlyMap<string, KnownField> = new Map(
  [...plainNames, ...Object.keys(roles)].flatMap((name) => {
    const field: KnownField = { name, role: roles[name] ?? 'plain' };
    return [
      [name, field],
      [capitals(name), field],
    ] as const;
  }),
);

/** The role of a name in lower case that is in no usual spelling. */
export function roleOf(name: string): FieldRole {
  return knownFields.get(name)?.role ?? 'plain';
}
