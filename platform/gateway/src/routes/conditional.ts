import { hash } from 'node:crypto';
import { type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import { PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';

/** Name of the field in which a contract keeps the version of a thing, as AIP-154 has it. */
const versionName = 'etag';

/** The version field of a message; undefined when it has none. */
export function versionField(message: DescMessage | undefined): DescField | undefined {
  const field = message?.fields.find(({ name }) => name === versionName);
  return field?.fieldKind === 'scalar' && field.scalar === ScalarType.STRING && field.oneof === undefined
    ? field
    : undefined;
}

/** The entity tag of an answer: its version where the contract has one, else the hash of its text. */
export function entityTag(json: string, version: unknown): string {
  const isTag = typeof version === 'string' && /^[\x21\x23-\x7e]{1,200}$/.test(version);
  return `"${isTag ? version : hash('sha1', json, 'base64url')}"`;
}

/** The version that the field of a message says. */
export function versionOf(message: Message | undefined, field: DescField | undefined): unknown {
  return field === undefined || message === undefined
    ? undefined
    : (message as unknown as Readonly<Record<string, unknown>>)[field.localName];
}

/** Conditions of a request. */
export interface Conditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/**
 * Judges the conditions of a read against the tag of its answer.
 *
 * @returns true when the client has the answer already.
 * @throws {@link PlatformError} `failed_precondition` / `VERSION_CHANGED` (412) when `If-Match` names others.
 * @see RFC 9110 section 13
 */
export function isUnchanged(tag: string, { ifMatch, ifNoneMatch }: Conditions): boolean {
  if (ifMatch !== undefined && ifMatch.trim() !== '*' && !tagsOf(ifMatch).includes(tag)) {
    throw new PlatformError(gatewayReasons.VERSION_CHANGED, 'the thing has another version than If-Match names');
  }
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.trim() === '*' || tagsOf(ifNoneMatch).some((other) => other.replace(/^W\//, '') === tag);
}

/** Entity tags of a header; `W/` marks weak ones. */
function tagsOf(header: string): readonly string[] {
  return header.match(/(?:W\/)?"[\x21\x23-\x7e]*"/g) ?? [];
}

/**
 * The version that a write is meant for.
 *
 * @param field - where the request says it; undefined when the contract has no place for one.
 * @returns undefined when the write is meant for any.
 * @throws {@link PlatformError} `failed_precondition` / `CONDITION_UNSUPPORTED` (412) for a condition that nobody would keep.
 */
export function wantedVersion({ ifMatch, ifNoneMatch }: Conditions, field: DescField | undefined): string | undefined {
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  if (ifNoneMatch !== undefined) throw unsupported('If-None-Match');
  const [tag, ...others] = tagsOf(ifMatch ?? '');
  if (field === undefined || tag === undefined || others.length > 0 || tag.startsWith('W/'))
    throw unsupported('If-Match');
  return tag.slice(1, -1);
}

function unsupported(header: string): PlatformError {
  return new PlatformError(
    gatewayReasons.CONDITION_UNSUPPORTED,
    `this request cannot be made to depend on ${header} as it stands there`,
  );
}
