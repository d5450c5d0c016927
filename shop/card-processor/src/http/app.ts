import type { Clock, Logger } from '@mainstay/kernel';
import { PlatformError } from '@mainstay/kernel';
import { type FastifyInstance, fastify } from 'fastify';
import { createCardNetwork } from '../card-network.ts';
import { cardNetworkReasons } from '../errors.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { createAuthentication } from './authentication.ts';
import { createErrorReply } from './error-reply.ts';
import { addFaultRoutes } from './fault-routes.ts';
import { FaultInjector } from './faults.ts';
import { addNetworkRoutes } from './network-routes.ts';

/** What the HTTP side is made of. */
export interface AppOptions {
  readonly ledger: Ledger;
  readonly apiKey: string;
  readonly slowAnswerMs: number;
  readonly faultsEnabled: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0 to below 1; decides who meets an injected fault. */
  readonly random: () => number;
}

/** Makes the HTTP application of the processor; it does not listen yet. */
export function createApp(options: AppOptions): FastifyInstance {
  const { ledger, clock, logger } = options;
  const app = fastify({ bodyLimit: 16_384, forceCloseConnections: true, return503OnClosing: false });
  const faults = new FaultInjector(clock, options.random);
  const network = createCardNetwork({ ledger, clock, slowAnswerMs: options.slowAnswerMs });

  app.setErrorHandler(createErrorReply(logger));
  app.setNotFoundHandler(() => {
    throw new PlatformError(cardNetworkReasons.CARD_NETWORK_ROUTE_UNKNOWN, 'no such path or method');
  });
  app.addHook('onResponse', async (request, reply) => {
    const durationMs = Math.round(reply.elapsedTime);
    logger.debug('answered', {
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      durationMs,
    });
  });
  app.get('/health/live', async () => ({ status: 'ok' }));
  app.get('/health/ready', async (_, reply) => {
    const failure = ledger.failure();
    return reply.code(failure === undefined ? 200 : 503).send({ status: failure === undefined ? 'ok' : 'unavailable' });
  });
  if (options.faultsEnabled) addFaultRoutes(app, faults, options.apiKey);
  app.register(async (v1) => {
    v1.addHook('onRequest', createAuthentication(options.apiKey));
    v1.addHook('onRequest', (request, reply) => faults.before(request, reply));
    addNetworkRoutes(v1, { network, ledger, faults });
  });
  return app;
}
