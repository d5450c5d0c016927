import type { HttpRequest } from './http-server.ts';

/** Bodies up to this size are read and dropped after an answer, so that the connection can be used again. */
const maxDroppedBytes = 65_536;

/**
 * Whether so much of a body may still come, though its request is answered, that the connection is closed instead of reading it:
 * nobody can make a server read what it has refused.
 */
export function isTooMuchToDrop({ bodyLength, isComplete }: HttpRequest): boolean {
  return !isComplete && (bodyLength === undefined || bodyLength > maxDroppedBytes);
}
