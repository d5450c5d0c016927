import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AdmittedRequest } from './admitted-request.ts';
import type { CompressionSettings } from './compress.ts';
import type { Exchange } from './exchange.ts';

/** The parts of a request that is carried out. */
export interface Service {
  readonly admitted: AdmittedRequest;
  readonly exchange: Exchange;
  /** Bytes of the body; undefined when there is none. */
  readonly body: Uint8Array | undefined;
  readonly contentType: string | undefined;
  readonly answers: CompressionSettings;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}
