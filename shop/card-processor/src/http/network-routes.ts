import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type CardNetwork, requireAuthorization, requireCard } from '../card-network.ts';
import type { Effect, Ledger } from '../ledger/ledger.ts';
import { effectCall } from './effect-call.ts';
import { cutOff, type FaultInjector } from './faults.ts';
import { authorizeBody, captureBody, emptyBody, ledgerQuery, parse, referenceQuery, refundBody } from './parse.ts';

/** What the routes of `/v1` need. */
export interface NetworkRoutesOptions {
  readonly network: CardNetwork;
  readonly ledger: Ledger;
  readonly faults: FaultInjector;
}

interface ById {
  Params: { id: string };
}

/** Adds the routes of the card network. */
export function addNetworkRoutes(app: FastifyInstance, { network, ledger, faults }: NetworkRoutesOptions): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply, effect: Effect): Promise<unknown> => {
    const { status, body, silent } = effect.answer;
    if (silent === true) {
      // The connection stays open without a byte until the caller gives up or the processor stops.
      reply.hijack();
      return reply;
    }
    if (faults.losesAnswer()) {
      cutOff(request, reply);
      return reply;
    }
    if (effect.replayed) reply.header('idempotent-replayed', 'true');
    return reply.code(status).send(body);
  };

  app.post('/v1/authorizations', async (request, reply) => {
    const body = parse(authorizeBody, request.body);
    return answer(request, reply, await network.authorize(effectCall(request, body), body));
  });
  app.post<ById>('/v1/authorizations/:id/capture', async (request, reply) => {
    const body = parse(captureBody, request.body);
    return answer(
      request,
      reply,
      await network.capture(effectCall(request, body), request.params.id, body.amount_minor),
    );
  });
  app.post<ById>('/v1/authorizations/:id/void', async (request, reply) => {
    const body = parse(emptyBody, request.body);
    return answer(request, reply, await network.void(effectCall(request, body), request.params.id));
  });
  app.post('/v1/refunds', async (request, reply) => {
    const body = parse(refundBody, request.body);
    return answer(
      request,
      reply,
      await network.refund(effectCall(request, body), body.authorization_id, body.amount_minor),
    );
  });

  app.get('/v1/authorizations', async (request) => {
    const { reference } = parse(referenceQuery, request.query);
    return { authorizations: await ledger.read((books) => books.byReference(reference)) };
  });
  app.get<ById>('/v1/authorizations/:id', async (request) =>
    ledger.read((books) => requireAuthorization(books, request.params.id)),
  );
  app.get<{ Params: { token: string } }>('/v1/tokens/:token', async (request) => {
    const { token, brand, last4, expiryMonth, expiryYear } = requireCard(request.params.token);
    return { token, brand, last4, expiry_month: expiryMonth, expiry_year: expiryYear };
  });
  app.get('/v1/ledger', async (request) => {
    const { after, limit } = parse(ledgerQuery, request.query);
    return ledger.read((books) => {
      const entries = books.entries(after, limit).map(({ answer: _, ...shown }) => shown);
      const last = entries.at(-1)?.sequence ?? after;
      return { entries, next_after: last + 1 < books.nextSequence ? last : null, totals: books.totals() };
    });
  });
}
