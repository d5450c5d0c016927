import { isPlatformError, type PlatformError, toPlatformError } from '@mainstay/kernel';
import type { ServiceCaller } from '../calls/service-caller.ts';
import { gatewayReasons } from '../errors.ts';
import type { Service } from '../exchange/request-parts.ts';
import type { Problem } from '../problems/problem.ts';
import type { OpenStreams, StreamPlace } from './open-streams.ts';

/** What serving streams needs. */
export interface StreamTools {
  readonly caller: ServiceCaller;
  readonly streams: OpenStreams;
  /** Describes, and notes, an error that comes when the answer has begun. */
  readonly describe: (error: PlatformError) => Problem;
}

/** Takes a place for a stream, until its answer is over. */
export function enterPlace({ streams }: StreamTools, { admitted, exchange, reply }: Service): StreamPlace {
  const client = exchange.client?.id ?? '';
  const place = streams.enter({ client, cancellation: exchange.cancellation, endsAtMs: admitted.endsAtMs });
  reply.afterwards(() => place[Symbol.dispose]());
  return place;
}

/** Why a stream ended: what the gateway itself ended it for explains what the call says about it. */
export function endOf({ cancellation }: StreamPlace, error: unknown): PlatformError {
  const { reason } = cancellation;
  const isOurs =
    isPlatformError(reason, gatewayReasons.GATEWAY_DRAINING) || isPlatformError(reason, gatewayReasons.TOKEN_EXPIRED);
  return toPlatformError(isOurs ? reason : error);
}
