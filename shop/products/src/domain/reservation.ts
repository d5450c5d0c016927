/**
 * Where a hold stands. Moves: held → released | expired | committed; expired → held | committed;
 * committed → restocked; an order released before it ever held begins as released.
 */
export type ReservationStatus = 'held' | 'released' | 'expired' | 'committed' | 'restocked';

/** A product and how many pieces of it. */
export interface StockLine {
  readonly productId: string;
  readonly quantity: number;
}

/** What a call does to the stock of a reservation: per piece, how `on_hand` and `reserved` change. */
export interface StockEffect {
  readonly onHand: -1 | 0 | 1;
  readonly reserved: -1 | 0 | 1;
}

/** What a call on an order's reservation has to do. */
export type ReservationDecision =
  /** Answer as if it had just been done; it was done before. */
  | { readonly do: 'nothing' }
  /** Move to a status and change the stock of every line. */
  | { readonly do: 'move'; readonly to: ReservationStatus; readonly effect: StockEffect }
  /** Refuse. */
  | { readonly do: 'refuse'; readonly because: 'closed' | 'committed' | 'not_found' };

/** The calls that change a reservation. */
export type ReservationCall = 'reserve' | 'release' | 'commit' | 'restock' | 'expire';

const nothing: ReservationDecision = { do: 'nothing' };
const move = (to: ReservationStatus, onHand: -1 | 0 | 1, reserved: -1 | 0 | 1): ReservationDecision => ({
  do: 'move',
  to,
  effect: { onHand, reserved },
});
const refuse = (because: 'closed' | 'committed' | 'not_found'): ReservationDecision => ({ do: 'refuse', because });

const table: Readonly<Record<ReservationCall, Readonly<Record<ReservationStatus | 'none', ReservationDecision>>>> = {
  reserve: {
    none: move('held', 0, 1),
    held: nothing,
    released: refuse('closed'),
    expired: move('held', 0, 1),
    committed: nothing,
    restocked: refuse('closed'),
  },
  release: {
    none: move('released', 0, 0),
    held: move('released', 0, -1),
    released: nothing,
    expired: move('released', 0, 0),
    committed: refuse('committed'),
    restocked: nothing,
  },
  commit: {
    none: refuse('not_found'),
    held: move('committed', -1, -1),
    released: refuse('closed'),
    expired: move('committed', -1, 0),
    committed: nothing,
    restocked: refuse('closed'),
  },
  restock: {
    none: nothing,
    held: nothing,
    released: nothing,
    expired: nothing,
    committed: move('restocked', 1, 0),
    restocked: nothing,
  },
  expire: {
    none: nothing,
    held: move('expired', 0, -1),
    released: nothing,
    expired: nothing,
    committed: nothing,
    restocked: nothing,
  },
};

/**
 * Decides what a call does to an order's reservation; pure, total.
 *
 * Repeating a call changes nothing, a release blocks a reservation that arrives after it, and a commit of an expired
 * hold takes the stock afresh.
 */
export function decideReservation(call: ReservationCall, status: ReservationStatus | 'none'): ReservationDecision {
  return table[call][status];
}
