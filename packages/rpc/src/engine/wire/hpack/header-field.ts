import { isFieldValue } from '../../grpc/field-value.ts';

/**
 * What a field is for the rules of HTTP/2 (RFC 9113 section 8.2 and 8.3).
 *
 * `plain`: an ordinary field; `pseudo`: one of the names that begin with a colon; `forbidden`: belongs to HTTP/1
 * connections; `malformed`: characters that no name or value may have. The last two make the message malformed.
 */
export const fieldMark = { plain: 0, pseudo: 1, forbidden: 2, malformed: 3 } as const;

/** A value of {@link fieldMark}. */
export type FieldMark = (typeof fieldMark)[keyof typeof fieldMark];

const pseudoNames = [':method', ':path', ':scheme', ':authority', ':status'];
const forbiddenNames = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'];
/** Names that come often enough to be known as they are. */
const commonNames = [
  'te',
  'grpc-timeout',
  'grpc-encoding',
  'grpc-accept-encoding',
  'grpc-status',
  'grpc-message',
  'grpc-status-details-bin',
  'traceparent',
  'tracestate',
  'idempotency-key',
  'mainstay-identity',
  'user-agent',
  'content-type',
];

const knownNames = new Map<string, FieldMark>([
  ...pseudoNames.map((name) => [name, fieldMark.pseudo] as const),
  ...forbiddenNames.map((name) => [name, fieldMark.forbidden] as const),
  ...commonNames.map((name) => [name, fieldMark.plain] as const),
]);

/** Name and value of one header field; both are Latin-1. It is checked when it is made, once for all its uses. */
export class HeaderField {
  readonly name: string;
  readonly value: string;
  readonly mark: FieldMark;

  constructor(name: string, value: string) {
    this.name = name;
    this.value = value;
    const mark = knownNames.get(name) ?? markOf(name);
    if (mark === fieldMark.malformed || !isFieldValue(value)) this.mark = fieldMark.malformed;
    else if (name === 'te' && value !== 'trailers') this.mark = fieldMark.forbidden;
    else this.mark = mark;
  }
}

/** Characters of a token without upper case (RFC 9110 section 5.6.2, RFC 9113 section 8.2.1). */
const isNameCharacter = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") {
  isNameCharacter[character.charCodeAt(0)] = 1;
}

/** Tells whether a text may be the name of an ordinary field. */
function isFieldName(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    if (isNameCharacter[name.charCodeAt(i)] !== 1) return false;
  }
  return name.length > 0;
}

/** Unknown pseudo-fields are malformed, too. */
function markOf(name: string): FieldMark {
  return isFieldName(name) ? fieldMark.plain : fieldMark.malformed;
}
