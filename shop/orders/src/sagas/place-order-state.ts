/** State of the saga; amounts as text, because the state is JSON. */
export interface PlaceOrderState {
  readonly userId: string;
  readonly lines: readonly { readonly productId: string; readonly quantity: number }[];
  readonly totalMinorUnits: string;
  readonly currencyCode: string;
  /** Encrypted, and null as soon as the payment is authorised or the order is being undone. */
  readonly sealedToken: string | null;
  readonly paymentId: string | null;
}
