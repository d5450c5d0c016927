/** How an authorization with a card goes. */
export type CardBehaviour =
  | { readonly kind: 'approve' }
  | { readonly kind: 'decline'; readonly code: string; readonly message: string }
  /** 503 this many times for each reference, then approve. */
  | { readonly kind: 'flaky'; readonly failureCount: number }
  /** Recorded at once, answered late. */
  | { readonly kind: 'slow' }
  /** Recorded, never answered. */
  | { readonly kind: 'silent' };

/** A card as its token shows it; the number itself exists nowhere. */
export interface Card {
  readonly token: string;
  readonly brand: string;
  readonly last4: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  readonly behaviour: CardBehaviour;
}

const approve: CardBehaviour = { kind: 'approve' };

function card(token: string, last4: string, behaviour: CardBehaviour): Card {
  return { token, brand: 'visa', last4, expiryMonth: 12, expiryYear: 2031, behaviour };
}

function decline(code: string, message: string): CardBehaviour {
  return { kind: 'decline', code, message };
}

const cards: readonly Card[] = [
  card('tok_visa', '4242', approve),
  { ...card('tok_mastercard', '4444', approve), brand: 'mastercard' },
  { ...card('tok_amex', '0005', approve), brand: 'amex' },
  card('tok_declined', '0002', decline('card_declined', 'The card was declined')),
  card('tok_insufficient_funds', '9995', decline('insufficient_funds', 'The card has insufficient funds')),
  { ...card('tok_expired', '0069', decline('expired_card', 'The card has expired')), expiryYear: 2020 },
  card('tok_fraud', '0019', decline('fraud_suspected', 'The card was declined because fraud is suspected')),
  card('tok_flaky', '0341', { kind: 'flaky', failureCount: 2 }),
  card('tok_slow', '3055', { kind: 'slow' }),
  card('tok_timeout', '3063', { kind: 'silent' }),
];

const byToken = new Map(cards.map((entry) => [entry.token, entry]));

/** The card of a token, or undefined for a token that was never given out. */
export function findCard(token: string): Card | undefined {
  return byToken.get(token);
}
