/** Who changes orders. */
export type ActorKind = 'saga' | 'customer' | 'admin';

/** Who changed an order: the kind, and whose account it was when that is known. */
export interface Actor {
  readonly kind: ActorKind;
  readonly id: string;
}

/** Writes an actor as the record keeps it: `saga`, or `customer:0192f3c1-…`. */
export function formatActor(kind: ActorKind, id = ''): string {
  return id === '' ? kind : `${kind}:${id}`;
}

/** Reads what {@link formatActor} wrote. */
export function parseActor(text: string): Actor {
  const [kind, id = ''] = text.split(':', 2);
  return { kind: kind === 'customer' || kind === 'admin' ? kind : 'saga', id };
}
