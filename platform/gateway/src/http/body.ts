import type { FastifyRequest } from 'fastify';

/** Tells whether bytes of a body follow; an empty one needs no content type. */
export function announcesBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
