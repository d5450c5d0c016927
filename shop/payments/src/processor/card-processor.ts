import { PlatformError } from '@mainstay/kernel';
import type { z } from 'zod';
import { paymentsReasons } from '../errors.ts';
import {
  type Authorization,
  authorizationAnswer,
  authorizationsAnswer,
  declineAnswer,
  type LedgerEntry,
  ledgerAnswer,
  refundAnswer,
  type TokenFacts,
  tokenAnswer,
} from './answers.ts';
import { callProcessor, type ProcessorCall, type ProcessorOptions, type ProcessorRefusal } from './processor-http.ts';

/** An amount to hold. */
export interface AuthorizeCall {
  readonly token: string;
  readonly amountMinorUnits: bigint;
  readonly currencyCode: string;
  /** Our payment's id, by which the authorisation can be found again. */
  readonly reference: string;
}

/** What became of a capture, a void or a refund: done, or not possible in the state the authorisation is in. */
export type SettleOutcome = { readonly authorization: Authorization } | { readonly refused: ProcessorRefusal };

/**
 * The card processor as the rest of the service sees it.
 *
 * Every call that changes something carries an idempotency key made from our ids, so that repeating it after a lost
 * answer never does it twice. Outages are thrown as `PROCESSOR_UNAVAILABLE`; refusals are answers.
 */
export class CardProcessor {
  readonly #options: ProcessorOptions;

  constructor(options: ProcessorOptions) {
    this.#options = options;
  }

  /** Holds an amount; a refusal by the card's bank is an authorisation of status `declined`. */
  async authorize(call: AuthorizeCall): Promise<Authorization | 'token_unknown'> {
    const request: ProcessorCall = {
      method: 'POST',
      path: '/v1/authorizations',
      idempotencyKey: `${call.reference}:authorize`,
      body: {
        token: call.token,
        amount_minor: Number(call.amountMinorUnits),
        currency: call.currencyCode,
        reference: call.reference,
      },
    };
    const answer = await callProcessor(this.#options, request, authorizationAnswer);
    if ('value' in answer) return answer.value;
    if (answer.refusal.status === 402) {
      const declined = declineAnswer.safeParse(answer.refusal.body);
      if (declined.success) return declined.data.authorization;
    }
    if (answer.refusal.code === 'token_unknown') return 'token_unknown';
    throw refusedCall(request, answer.refusal);
  }

  /** Finds the authorisation of a payment; the newest one that was not declined before any other. */
  async findAuthorization(reference: string): Promise<Authorization | undefined> {
    const authorizations = await this.listAuthorizations(reference);
    return authorizations.findLast(({ status }) => status !== 'declined') ?? authorizations.at(-1);
  }

  /** Lists the authorisations of a payment, oldest first, declined ones too. */
  async listAuthorizations(reference: string): Promise<readonly Authorization[]> {
    const request: ProcessorCall = {
      method: 'GET',
      path: `/v1/authorizations?reference=${encodeURIComponent(reference)}`,
    };
    return (await this.#read(request, authorizationsAnswer)).authorizations;
  }

  /** Reads the processor's books behind an entry, oldest first. */
  async readLedger(after: number, limit: number): Promise<readonly LedgerEntry[]> {
    const request: ProcessorCall = { method: 'GET', path: `/v1/ledger?after=${after}&limit=${limit}` };
    return (await this.#read(request, ledgerAnswer)).entries;
  }

  /** Charges a held amount. */
  async capture(authorizationId: string, reference: string): Promise<SettleOutcome> {
    return await this.#settle(authorizationId, 'capture', `${reference}:capture`);
  }

  /** Gives a held amount up. */
  async voidAuthorization(authorizationId: string, reference: string): Promise<SettleOutcome> {
    return await this.#settle(authorizationId, 'void', `${reference}:void`);
  }

  /** Gives a charged amount back, whole or in part. */
  async refund(
    authorizationId: string,
    amountMinorUnits: bigint,
    refundId: string,
  ): Promise<
    { readonly refundReference: string; readonly authorization: Authorization } | { readonly refused: ProcessorRefusal }
  > {
    const request: ProcessorCall = {
      method: 'POST',
      path: '/v1/refunds',
      idempotencyKey: `${refundId}:refund`,
      body: { authorization_id: authorizationId, amount_minor: Number(amountMinorUnits) },
    };
    const answer = await callProcessor(this.#options, request, refundAnswer);
    if ('value' in answer) return { refundReference: answer.value.id, authorization: answer.value.authorization };
    if (isStateRefusal(answer.refusal)) return { refused: answer.refusal };
    throw refusedCall(request, answer.refusal);
  }

  /** Reads what a token stands for; undefined when the processor does not know it. */
  async describeToken(token: string): Promise<TokenFacts | undefined> {
    const request: ProcessorCall = { method: 'GET', path: `/v1/tokens/${encodeURIComponent(token)}` };
    const answer = await callProcessor(this.#options, request, tokenAnswer);
    if ('value' in answer) return answer.value;
    if (answer.refusal.status === 404) return undefined;
    throw refusedCall({ method: 'GET', path: '/v1/tokens/…' }, answer.refusal);
  }

  async #read<S extends z.ZodType>(request: ProcessorCall, schema: S): Promise<z.infer<S>> {
    const answer = await callProcessor(this.#options, request, schema);
    if ('value' in answer) return answer.value;
    throw refusedCall(request, answer.refusal);
  }

  async #settle(authorizationId: string, action: 'capture' | 'void', idempotencyKey: string): Promise<SettleOutcome> {
    const request: ProcessorCall = {
      method: 'POST',
      path: `/v1/authorizations/${encodeURIComponent(authorizationId)}/${action}`,
      idempotencyKey,
      body: {},
    };
    const answer = await callProcessor(this.#options, request, authorizationAnswer);
    if ('value' in answer) return { authorization: answer.value };
    if (isStateRefusal(answer.refusal)) return { refused: answer.refusal };
    throw refusedCall(request, answer.refusal);
  }
}

function isStateRefusal({ status, code }: ProcessorRefusal): boolean {
  return status === 409 || code === 'refund_too_large' || code === 'capture_too_large';
}

function refusedCall(call: ProcessorCall, { status, code }: ProcessorRefusal): PlatformError {
  const message = `the card processor refused ${call.method} ${call.path.split('?')[0]} with ${status} ${code}`;
  return new PlatformError(paymentsReasons.PROCESSOR_REFUSED, message);
}
