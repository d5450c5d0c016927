import { fieldMark, type HeaderField } from '../hpack/header-field.ts';

/** The pseudo-fields of a request, and what matters of the rest. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly authority: string | undefined;
  /** -1 without one. */
  readonly contentLength: number;
}

/**
 * Checks the header list of a request (RFC 9113 sections 8.2 and 8.3) and reads its pseudo-fields.
 *
 * @returns undefined when it is malformed: a field that may not be there, a pseudo-field twice, missing, unknown or
 * after an ordinary one.
 */
export function readRequestHead(fields: readonly HeaderField[]): RequestHead | undefined {
  let method: string | undefined;
  let path: string | undefined;
  let scheme: string | undefined;
  let authority: string | undefined;
  let contentLength = -1;
  let isPastPseudo = false;
  for (const { name, value, mark } of fields) {
    if (mark === fieldMark.plain) {
      isPastPseudo = true;
      if (name === 'content-length' && (contentLength = readContentLength(value, contentLength)) < 0) return undefined;
      continue;
    }
    if (mark !== fieldMark.pseudo || isPastPseudo) return undefined;
    if (name === ':method') {
      if (method !== undefined) return undefined;
      method = value;
    } else if (name === ':path') {
      if (path !== undefined) return undefined;
      path = value;
    } else if (name === ':scheme') {
      if (scheme !== undefined) return undefined;
      scheme = value;
    } else if (name === ':authority') {
      if (authority !== undefined) return undefined;
      authority = value;
    } else {
      return undefined;
    }
  }
  if (method === undefined || path === undefined || path === '' || scheme === undefined) return undefined;
  return { method, path, authority, contentLength };
}

/** The status of a response, and its content length. */
export interface ResponseHead {
  readonly status: number;
  readonly contentLength: number;
}

/** Checks the header list of a response; undefined when it is malformed. */
export function readResponseHead(fields: readonly HeaderField[]): ResponseHead | undefined {
  let status = 0;
  let contentLength = -1;
  let isPastPseudo = false;
  for (const { name, value, mark } of fields) {
    if (mark === fieldMark.plain) {
      isPastPseudo = true;
      if (name === 'content-length' && (contentLength = readContentLength(value, contentLength)) < 0) return undefined;
    } else if (mark !== fieldMark.pseudo || isPastPseudo || name !== ':status' || status !== 0) {
      return undefined;
    } else {
      status = /^[1-5][0-9][0-9]$/.test(value) ? Number(value) : -1;
    }
  }
  return status > 0 ? { status, contentLength } : undefined;
}

/** Tells whether a list may be trailers: no pseudo-fields, nothing malformed. */
export function areTrailers(fields: readonly HeaderField[]): boolean {
  for (const { mark } of fields) {
    if (mark !== fieldMark.plain) return false;
  }
  return true;
}

/** A length; -2 when it is malformed or differs from the one before. */
function readContentLength(value: string, before: number): number {
  if (!/^[0-9]{1,15}$/.test(value)) return -2;
  const length = Number(value);
  return before >= 0 && before !== length ? -2 : length;
}
