import { Cancellation, PlatformError } from '@mainstay/kernel';
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

/** A place for one stream; disposed when the stream is over. */
export interface StreamPlace extends Disposable {
  /** Comes when the client goes away or the gateway does. */
  readonly cancellation: Cancellation;
}

/** The streams that are open in this process. */
export interface OpenStreams {
  readonly settings: StreamSettings;
  /**
   * Takes a place.
   *
   * @param ofClient - comes when the client goes away.
   * @throws {@link PlatformError} `resource_exhausted` / `STREAMS_EXHAUSTED` when there is none left.
   */
  enter(client: string, ofClient: Cancellation): StreamPlace;
  /** Ends all streams, so that their clients go on elsewhere, and lets none begin. */
  drain(): void;
  count(): number;
}

/** Keeps count of streams, which last and so are limited by number and not by rate. */
export function createOpenStreams(settings: StreamSettings): OpenStreams {
  const { maxOpen, maxOpenPerClient } = settings;
  const byClient = new Map<string, number>();
  const going = new Cancellation();
  let open = 0;
  return {
    settings,
    enter(client, ofClient) {
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
      let isOver = false;
      return {
        cancellation,
        [Symbol.dispose]() {
          if (isOver) return;
          isOver = true;
          going.unlisten(follow);
          ofClient.unlisten(follow);
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

function goingAway(): PlatformError {
  return new PlatformError(gatewayReasons.GATEWAY_DRAINING, 'this gateway is going away; connect again');
}
