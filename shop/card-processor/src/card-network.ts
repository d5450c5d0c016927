import type { Clock } from '@mainstay/kernel';
import { PlatformError, uuidv7 } from '@mainstay/kernel';
import type { Authorization } from './domain/authorization.ts';
import type { Books } from './domain/books.ts';
import { decideCapture, decideRefund, decideVoid } from './domain/decide.ts';
import { type Card, findCard } from './domain/test-cards.ts';
import { cardNetworkReasons as reasons } from './errors.ts';
import type { Decision, Effect, EffectCall, Ledger } from './ledger/ledger.ts';

/** What the card network is made of. */
export interface CardNetworkOptions {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Pause before `tok_slow` is answered, in milliseconds. */
  readonly slowAnswerMs: number;
}

/** Asks for a hold. */
export interface AuthorizeRequest {
  readonly token: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly reference: string;
}

/** The four things that move money; each runs once for its idempotency key. */
export interface CardNetwork {
  authorize(call: EffectCall, request: AuthorizeRequest): Promise<Effect>;
  capture(call: EffectCall, id: string, amountMinor?: number): Promise<Effect>;
  void(call: EffectCall, id: string): Promise<Effect>;
  refund(call: EffectCall, id: string, amountMinor?: number): Promise<Effect>;
}

/** The card of a token. @throws {@link PlatformError} `CARD_NETWORK_TOKEN_UNKNOWN`. */
export function requireCard(token: string): Card {
  const card = findCard(token);
  if (card !== undefined) return card;
  throw new PlatformError(reasons.CARD_NETWORK_TOKEN_UNKNOWN, 'no such token');
}

/** The authorization of an id. @throws {@link PlatformError} `CARD_NETWORK_AUTHORIZATION_UNKNOWN`. */
export function requireAuthorization(books: Books, id: string): Authorization {
  const found = books.authorization(id);
  if (found !== undefined) return found;
  throw new PlatformError(reasons.CARD_NETWORK_AUTHORIZATION_UNKNOWN, `no authorization ${id}`);
}

/** Makes the card network over a ledger. */
export function createCardNetwork({ ledger, clock, slowAnswerMs }: CardNetworkOptions): CardNetwork {
  const failuresByReference = new Map<string, number>();

  const failWhileFlaky = (card: Card, reference: string): void => {
    if (card.behaviour.kind !== 'flaky') return;
    const failureCount = failuresByReference.get(reference) ?? 0;
    if (failureCount >= card.behaviour.failureCount) return;
    failuresByReference.set(reference, failureCount + 1);
    throw new PlatformError(reasons.CARD_NETWORK_TEMPORARILY_UNAVAILABLE, 'the issuer does not answer, try again');
  };
  const change = (kind: 'capture' | 'void', id: string, amountOf: (current: Authorization) => number) => {
    return (books: Books): Decision => {
      const current = requireAuthorization(books, id);
      const { reference, currency } = current;
      return {
        draft: { kind, authorization_id: id, reference, currency, amount_minor: amountOf(current) },
        status: 200,
        body: (after) => after.authorization(id),
      };
    };
  };
  return {
    async authorize(call, request) {
      const card = requireCard(request.token);
      const effect = await ledger.effect(call, () => {
        failWhileFlaky(card, request.reference);
        return authorizeDecision(card, request);
      });
      if (card.behaviour.kind === 'slow' && !effect.replayed) await clock.sleep(slowAnswerMs);
      return effect;
    },
    capture: (call, id, amountMinor) =>
      ledger.effect(
        call,
        change('capture', id, (current) => decideCapture(current, amountMinor)),
      ),
    void: (call, id) => ledger.effect(call, change('void', id, decideVoid)),
    refund: (call, id, amountMinor) => ledger.effect(call, (books) => refundDecision(books, id, amountMinor)),
  };
}

function authorizeDecision(card: Card, request: AuthorizeRequest): Decision {
  const id = `auth_${uuidv7()}`;
  const { amount_minor, currency, reference } = request;
  const { brand, last4, behaviour } = card;
  const entry = { authorization_id: id, amount_minor, currency, reference, brand, last4 };
  if (behaviour.kind === 'decline') {
    return {
      draft: { ...entry, kind: 'decline', decline_code: behaviour.code },
      status: 402,
      body: (books) => ({
        error: { code: behaviour.code, message: behaviour.message },
        authorization: books.authorization(id),
      }),
    };
  }
  const silent = behaviour.kind === 'silent';
  return { draft: { ...entry, kind: 'authorize' }, status: 201, silent, body: (books) => books.authorization(id) };
}

function refundDecision(books: Books, id: string, amountMinor: number | undefined): Decision {
  const current = requireAuthorization(books, id);
  const { reference, currency } = current;
  const amount_minor = decideRefund(current, amountMinor);
  const refund_id = `re_${uuidv7()}`;
  return {
    draft: { kind: 'refund', authorization_id: id, refund_id, reference, currency, amount_minor },
    status: 201,
    body: (after, at) => ({
      id: refund_id,
      authorization_id: id,
      amount_minor,
      currency,
      created_at: at,
      authorization: after.authorization(id),
    }),
  };
}
