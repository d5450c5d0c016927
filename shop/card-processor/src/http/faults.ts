import { type Clock, PlatformError } from '@mainstay/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { cardNetworkReasons } from '../errors.ts';

const ratio = z.number().min(0).max(1).default(0);

/** What a test may inject; everything off when empty. */
export const faultsSchema = z.strictObject({
  latency_ms: z.int().min(0).max(60_000).default(0),
  error_ratio: ratio,
  lost_answer_ratio: ratio,
  down: z.boolean().default(false),
});

/** Faults in force. */
export type Faults = z.output<typeof faultsSchema>;

const noFaults: Faults = faultsSchema.parse({});

/** Ends a connection without an answer. */
export function cutOff(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  request.raw.socket.destroy();
}

/** Holds the faults in force and applies them to calls. */
export class FaultInjector {
  readonly #clock: Clock;
  readonly #random: () => number;
  #faults: Faults = noFaults;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  get current(): Faults {
    return this.#faults;
  }

  /** @param faults - undefined clears all. */
  set(faults: Faults | undefined): void {
    this.#faults = faults ?? noFaults;
  }

  /** Whether the answer of a call that was done is to be lost. */
  losesAnswer(): boolean {
    return this.#random() < this.#faults.lost_answer_ratio;
  }

  /** Hook before a call: cuts, waits or refuses. */
  async before(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { down, latency_ms, error_ratio } = this.#faults;
    if (down) {
      cutOff(request, reply);
      return;
    }
    if (latency_ms > 0) await this.#clock.sleep(latency_ms);
    if (this.#random() < error_ratio) {
      throw new PlatformError(cardNetworkReasons.CARD_NETWORK_TEMPORARILY_UNAVAILABLE, 'refused by an injected fault');
    }
  }
}
