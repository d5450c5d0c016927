import type { LedgerEntry } from './ledger-entry.ts';

/**
 * Where an authorization stands.
 *
 * Moves: authorized → captured → partially_refunded → refunded; captured → refunded; authorized → voided.
 * `declined`, `voided` and `refunded` are final.
 */
export type AuthorizationStatus = 'authorized' | 'captured' | 'partially_refunded' | 'refunded' | 'voided' | 'declined';

/** An authorization as callers see it; amounts in minor units, instants in ISO 8601. */
export interface Authorization {
  readonly id: string;
  readonly status: AuthorizationStatus;
  readonly amount_minor: number;
  readonly currency: string;
  readonly reference: string;
  readonly brand: string;
  readonly last4: string;
  readonly captured_minor: number;
  readonly refunded_minor: number;
  readonly decline_code: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/**
 * What an authorization becomes by one entry.
 *
 * @param current - the authorization before; undefined for the two kinds that begin one.
 */
export function applyEntry(current: Authorization | undefined, entry: LedgerEntry): Authorization {
  if (entry.kind === 'authorize' || entry.kind === 'decline') {
    return {
      id: entry.authorization_id,
      status: entry.kind === 'authorize' ? 'authorized' : 'declined',
      amount_minor: entry.amount_minor,
      currency: entry.currency,
      reference: entry.reference,
      brand: entry.brand ?? '',
      last4: entry.last4 ?? '',
      captured_minor: 0,
      refunded_minor: 0,
      decline_code: entry.decline_code ?? null,
      created_at: entry.at,
      updated_at: entry.at,
    };
  }
  const base = current as Authorization;
  if (entry.kind === 'capture') {
    return { ...base, status: 'captured', captured_minor: entry.amount_minor, updated_at: entry.at };
  }
  if (entry.kind === 'void') return { ...base, status: 'voided', updated_at: entry.at };
  const refunded = base.refunded_minor + entry.amount_minor;
  const status = refunded === base.captured_minor ? 'refunded' : 'partially_refunded';
  return { ...base, status, refunded_minor: refunded, updated_at: entry.at };
}
