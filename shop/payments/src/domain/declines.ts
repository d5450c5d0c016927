/** What the customer is told about a refusal; codes that are not listed read as a plain refusal. */
const sentences: Readonly<Record<string, string>> = {
  card_declined: 'The card was declined by its bank.',
  insufficient_funds: 'The card does not have enough funds.',
  expired_card: 'The card has expired.',
  fraud_suspected: 'The payment was refused for security reasons.',
  token_unknown: 'The payment token is not known to the card processor.',
};

/** One sentence for the customer. */
export function declineMessage(code: string): string {
  return sentences[code] ?? 'The payment was refused.';
}
