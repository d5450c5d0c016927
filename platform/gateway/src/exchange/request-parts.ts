import type { AdmittedRequest } from './admitted-request.ts';
import type { CompressionSettings } from './compress.ts';
import type { Exchange } from './exchange.ts';
import type { GatewayRequest } from './gateway-request.ts';
import type { Reply } from './reply.ts';

/** The parts of a request that is carried out. */
export interface Service {
  readonly admitted: AdmittedRequest;
  readonly exchange: Exchange;
  readonly contentType: string | undefined;
  readonly answers: CompressionSettings;
  readonly request: GatewayRequest;
  readonly reply: Reply;
}
