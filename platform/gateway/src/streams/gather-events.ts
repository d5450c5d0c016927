import type { Service } from '../exchange/request-parts.ts';
import { encodeAnswer } from '../masking/encode-answer.ts';
import type { ServiceStream } from './open-stream.ts';
import { staysSilent } from './silence.ts';
import type { StreamTools } from './stream-tools.ts';

/** Most events of one answer. */
const mostEvents = 100;
/** Length of the events, in characters, after which no other is added. */
const enoughCharacters = 262_144;

/** What one answer tells of a stream. */
export interface GatheredEvents {
  /** Each as JSON, with its position as `id` where it has one. */
  readonly events: readonly string[];
  /** Position of the last event that has one. */
  readonly lastId: string | undefined;
  /** Whether the stream ended as it should. */
  readonly ended: boolean;
}

interface Gathering {
  readonly tools: StreamTools;
  readonly service: Service;
  /** Monotonic milliseconds after which nothing is waited for. */
  readonly untilMs: number;
}

/**
 * Takes what a stream gives until a moment, as its caller may see it, at most 100 events or about 256 Ki characters.
 *
 * @throws {@link PlatformError} what the service said, when there is no event before it.
 */
export async function gatherEvents(stream: ServiceStream, gathering: Gathering): Promise<GatheredEvents> {
  const { service, untilMs } = gathering;
  const { caller } = gathering.tools;
  const { position } = service.admitted.route;
  const events: string[] = [];
  let characters = 0;
  let lastId: string | undefined;
  let ended = false;
  try {
    while (events.length < mostEvents && characters < enoughCharacters) {
      const next = stream.next();
      if (await staysSilent(next, caller.clock, Math.max(0, untilMs - caller.clock.monotonicMs()))) break;
      const message = await next;
      ended = message === undefined;
      if (message === undefined) break;
      const json = encodeAnswer(await caller.clearReads.viewOf(service, message), message);
      const id = position?.after(message);
      events.push(id === undefined ? `{"data":${json}}` : `{"id":${JSON.stringify(id)},"data":${json}}`);
      characters += json.length;
      lastId = id ?? lastId;
    }
  } catch (error) {
    // Who has these events asks for those after them, and is told then.
    if (events.length === 0) throw error;
  }
  return { events, lastId, ended };
}
