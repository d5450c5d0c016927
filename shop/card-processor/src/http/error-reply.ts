import { httpStatusOf, isPlatformError, type Logger, type PlatformError } from '@mainstay/kernel';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

const prefix = 'CARD_NETWORK_';

function statusOf(error: PlatformError): number {
  return error.httpStatus ?? httpStatusOf(error.code);
}

/** Makes the handler that turns everything thrown into `{error: {code, message}}`. */
export function createErrorReply(logger: Logger) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (isPlatformError(error) && error.reason.startsWith(prefix)) {
      // A ledger that cannot be written may hold the entry or not; the caller is told to ask again.
      const unwritable = error.reason === 'CARD_NETWORK_LEDGER_UNWRITABLE';
      const code = unwritable ? 'temporarily_unavailable' : error.reason.slice(prefix.length).toLowerCase();
      const message = unwritable ? 'the outcome is not known, ask again' : error.rawMessage;
      if (error.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1_000));
      return reply.code(statusOf(error)).send({ error: { code, message } });
    }
    const status = (error as FastifyError).statusCode ?? 500;
    if (status < 500) {
      const message = `the request cannot be read: ${(error as FastifyError).message}`;
      return reply.code(status).send({ error: { code: 'request_invalid', message } });
    }
    logger.error('request failed', { method: request.method, route: request.routeOptions.url, error });
    return reply.code(500).send({ error: { code: 'internal', message: 'the processor failed' } });
  };
}
