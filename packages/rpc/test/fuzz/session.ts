import { Random } from '@mainstay/testing';
import { connectionPreface } from '../../src/engine/wire/frames/frame.ts';
import { mutate } from './mutate.ts';
import { writeFrames } from './raw-frames.ts';
import type { Recorded } from './record.ts';
import { clientTarget, serverTarget } from './targets.ts';

/** What came of a session. */
export interface SessionOutcome {
  /** Mutated frames that reached the connection while it read. */
  readonly frames: number;
  /** Frames that the connection sent. */
  readonly answered: number;
  readonly faults: readonly string[];
}

/**
 * Plays a recorded session, changed as the seed says, against a fresh server or client.
 *
 * @throws AssertionError when the connection breaks a rule itself, or leaves something behind.
 */
export async function playSession(recorded: Recorded, seed: number): Promise<SessionOutcome> {
  const random = new Random(seed);
  const isServer = random.oneIn(2);
  const frames = mutate(isServer ? recorded.toServer : recorded.toClient, random);
  const bytes = writeFrames(frames);
  const target = isServer ? serverTarget() : await clientTarget();
  await target.peer.send(isServer ? Buffer.concat([connectionPreface, bytes]) : bytes, random);
  if (random.oneIn(40)) await target.clock.advance(random.pick([1_000, 11_000, 61_000]));
  await target.finish();
  const { peer, faults } = target;
  return { frames: peer.sentFrames, answered: peer.output.frameCount, faults };
}
