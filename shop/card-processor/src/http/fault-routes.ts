import { PlatformError } from '@mainstay/kernel';
import type { FastifyInstance } from 'fastify';
import { cardNetworkReasons } from '../errors.ts';
import { createAuthentication } from './authentication.ts';
import { type FaultInjector, faultsSchema } from './faults.ts';
import { parse } from './parse.ts';

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** Adds `/admin/faults` for callers on this machine that have the key. */
export function addFaultRoutes(app: FastifyInstance, faults: FaultInjector, apiKey: string): void {
  app.register(async (admin) => {
    admin.addHook('onRequest', createAuthentication(apiKey));
    admin.addHook('onRequest', async (request) => {
      if (!loopback.has(request.ip)) {
        throw new PlatformError(cardNetworkReasons.CARD_NETWORK_ROUTE_UNKNOWN, 'no such path or method');
      }
    });
    admin.get('/admin/faults', async () => faults.current);
    admin.put('/admin/faults', async (request) => {
      faults.set(parse(faultsSchema, request.body));
      return faults.current;
    });
    admin.delete('/admin/faults', async () => {
      faults.set(undefined);
      return faults.current;
    });
  });
}
