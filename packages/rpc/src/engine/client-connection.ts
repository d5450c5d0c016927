import { PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../errors.ts';
import { abortFailure } from '../wire/abort-failure.ts';
import type { AnswerSink, ClientConnection, ClientEngineOptions, EngineCall } from './engine.ts';

/** A call on its way, whatever carries it. */
export interface OutgoingCall {
  /** It has its answer, or nobody waits for it any more. */
  readonly isOver: boolean;
  /** Ends a call that was not sent. */
  fail(error: PlatformError): void;
}

/** An open connection that carries calls. */
export interface Carrier<Call> {
  /** Whether a call may be sent now. */
  readonly hasRoom: boolean;
  /** Whether a call was ever sent. */
  readonly hasCarried: boolean;
  /** Whether it will never have room again although nothing broke. */
  readonly isExhausted: boolean;
  send(call: Call): void;
  /** Takes no new calls, and closes when the running ones are over. */
  drain(): void;
}

/** What a carrier tells. */
export interface CarrierEvents<Call> {
  /** A call is over, or the peer takes more of them. */
  onRoom(): void;
  /** A call was sent that the peer certainly did not look at, and goes out again. */
  onGivenBack(call: Call): void;
  /** Takes no calls any more. */
  onRetired(carrier: Carrier<Call>, why: string): void;
}

/** How an engine opens connections and makes calls. */
export interface CarrierSource<Call extends OutgoingCall> {
  /** @throws {@link PlatformError} `unavailable` / `PEER_UNREACHABLE` when none can be opened. */
  open(events: CarrierEvents<Call>): Promise<Carrier<Call>>;
  /** @throws {@link PlatformError} when the call cannot be sent by anybody. */
  prepare(call: EngineCall, sink: AnswerSink): Call;
}

/** So many calls may wait before those who were given up are looked for. */
const minPruned = 256;

/**
 * Keeps one connection to an address, opened when the first call needs it and again when it is gone.
 *
 * Calls beyond the peer's limit of streams wait in the order they came; one that is canceled meanwhile is never sent. New
 * credentials of TLS are for the next connection, which the next call opens; running calls end on the old one.
 */
export function createClientConnection<Call extends OutgoingCall>(
  { address, tls }: Pick<ClientEngineOptions, 'address' | 'tls'>,
  source: CarrierSource<Call>,
): ClientConnection {
  let current: Carrier<Call> | undefined;
  let isOpening = false;
  let isClosed = false;
  let waiting: Call[] = [];
  let pruneAt = minPruned;

  const over = (): PlatformError => new PlatformError(rpcReasons.PEER_UNREACHABLE, `calls to ${address} are over`);
  const refuseAll = (error: PlatformError): void => {
    for (const call of waiting.splice(0)) call.fail(error);
  };

  /** Drops those who were given up while they waited. */
  const prune = (): void => {
    waiting = waiting.filter(({ isOver }) => !isOver);
    pruneAt = Math.max(minPruned, waiting.length * 2);
  };

  /** Sends what waits, oldest first, as far as there is room. */
  const sendWaiting = (): void => {
    let sent = 0;
    while (sent < waiting.length && current?.hasRoom === true) {
      const call = waiting[sent++]!;
      if (!call.isOver) current.send(call);
    }
    if (sent > 0) waiting = waiting.slice(sent);
    if (current?.isExhausted === true) current.drain();
  };

  const enqueue = (call: Call): void => {
    waiting.push(call);
    if (waiting.length >= pruneAt) prune();
    if (current === undefined) void open();
    else sendWaiting();
  };

  const events: CarrierEvents<Call> = {
    onRoom() {
      if (waiting.length > 0) sendWaiting();
    },
    onGivenBack(call) {
      if (isClosed) call.fail(over());
      else enqueue(call);
    },
    onRetired(carrier, why) {
      if (current === carrier) current = undefined;
      prune();
      if (waiting.length === 0) return;
      // A peer that ended it before it took a single call would do so again.
      if (carrier.hasCarried) void open();
      else refuseAll(new PlatformError(rpcReasons.PEER_UNREACHABLE, `${address} takes no calls: ${why}`));
    },
  };

  async function open(): Promise<void> {
    if (isOpening || isClosed) return;
    isOpening = true;
    try {
      const opened = await source.open(events);
      if (isClosed) opened.drain();
      else current = opened;
    } catch (error) {
      refuseAll(error as PlatformError);
    } finally {
      isOpening = false;
    }
    sendWaiting();
  }

  const forget = tls?.credentials.onChange(() => current?.drain());
  return {
    isLocal: false,
    get isFull() {
      return current !== undefined && (waiting.length > 0 || !current.hasRoom);
    },
    call(call, sink) {
      let prepared: Call;
      try {
        const { isCanceled, reason } = call.cancellation;
        if (isCanceled) throw abortFailure(reason, 'no');
        if (isClosed) throw over();
        prepared = source.prepare(call, sink);
      } catch (error) {
        sink.onFailure(error);
        return;
      }
      if (current !== undefined && waiting.length === 0 && current.hasRoom) current.send(prepared);
      else enqueue(prepared);
    },
    close() {
      isClosed = true;
      forget?.();
      refuseAll(over());
      current?.drain();
    },
  };
}
