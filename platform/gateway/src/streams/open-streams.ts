import { Cancellation, type Clock, PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';

/** How many streams may be open, and how long one may be silent. */
export interface StreamSettings {
  /** Pause after which a silent stream shows that it lives, in milliseconds. */
  readonly heartbeatMs: number;
  /** Streams of all clients. */
  readonly maxOpen: number;
  /** Streams of one client. */
  readonly maxOpenPerClient: number;
  /** Largest body that a service takes in parts. */
  readonly uploadLimitBytes: number;
}

/** A stream that wants a place. */
export interface NewStream {
  readonly client: string;
  /** Comes when the client goes away. */
  readonly cancellation: Cancellation;
  /** Unix milliseconds at which the caller's token is no longer taken; undefined for a caller without one. */
  readonly endsAtMs: number | undefined;
}

/** A place for one stream; disposed when the stream is over. */
export interface StreamPlace extends Disposable {
  /** Comes when the client goes away, the gateway does, or the token of the caller is no longer good. */
  readonly cancellation: Cancellation;
}

/** The streams that are open in this process. */
export interface OpenStreams {
  readonly settings: StreamSettings;
  /**
   * Takes a place.
   *
   * @throws {@link PlatformError} `resource_exhausted` / `STREAMS_EXHAUSTED` when there is none left.
   */
  enter(stream: NewStream): StreamPlace;
  /** Ends all streams, so that their clients go on elsewhere, and lets none begin. */
  drain(): void;
  count(): number;
}

/** Keeps count of streams, which last and so are limited by number and not by rate. */
export function createOpenStreams(settings: StreamSettings, clock: Clock): OpenStreams {
  const { maxOpen, maxOpenPerClient } = settings;
  const byClient = new Map<string, number>();
  const going = new Cancellation();
  let open = 0;
  return {
    settings,
    enter({ client, cancellation: ofClient, endsAtMs }) {
      if (going.isCanceled) throw goingAway();
      const mine = byClient.get(client) ?? 0;
      if (open >= maxOpen || mine >= maxOpenPerClient) {
        const whose = mine >= maxOpenPerClient ? 'this client has' : 'the gateway has';
        throw new PlatformError(gatewayReasons.STREAMS_EXHAUSTED, `${whose} as many streams open as it may`);
      }
      open++;
      byClient.set(client, mine + 1);
      const cancellation = new Cancellation();
      const follow = { onCancel: (reason: unknown) => cancellation.cancel(reason) };
      going.listen(follow);
      ofClient.listen(follow);
      const forget = endsAtMs === undefined ? undefined : cancelAt(endsAtMs, cancellation, clock);
      let isOver = false;
      return {
        cancellation,
        [Symbol.dispose]() {
          if (isOver) return;
          isOver = true;
          going.unlisten(follow);
          ofClient.unlisten(follow);
          forget?.();
          open--;
          const left = (byClient.get(client) ?? 1) - 1;
          if (left === 0) byClient.delete(client);
          else byClient.set(client, left);
        },
      };
    },
    drain: () => going.cancel(goingAway()),
    count: () => open,
  };
}

/** Cancels a stream when the token of its caller is no longer taken; gives what takes that back. */
function cancelAt(endsAtMs: number, stream: Cancellation, clock: Clock): () => void {
  return clock.after(Math.max(0, endsAtMs - clock.nowMs()), () => {
    const message = 'the access token has expired; connect again with a new one';
    stream.cancel(new PlatformError(gatewayReasons.TOKEN_EXPIRED, message));
  });
}

function goingAway(): PlatformError {
  return new PlatformError(gatewayReasons.GATEWAY_DRAINING, 'this gateway is going away; connect again');
}
