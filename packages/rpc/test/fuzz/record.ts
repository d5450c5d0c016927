import { FakeClock } from '@mainstay/testing';
import { connectionPreface } from '../../src/engine/wire/frames/frame.ts';
import { finish } from './calls.ts';
import { MemorySocket } from './memory-socket.ts';
import { turn } from './peer.ts';
import { parseFrames, type RawFrame } from './raw-frames.ts';
import { openClient, openServer } from './targets.ts';

/** What both sides of a session sent that went well; the preface of the client is left out. */
export interface Recorded {
  readonly toServer: readonly RawFrame[];
  readonly toClient: readonly RawFrame[];
}

/** Lets a client of ours call a server of ours and keeps what they say. */
export async function record(): Promise<Recorded> {
  const toServer: Buffer[] = [];
  const toClient: Buffer[] = [];
  const clock = new FakeClock();
  const ofClient = new MemorySocket((bytes) => {
    toServer.push(Buffer.from(bytes));
    setImmediate(() => ofServer.receive(Buffer.from(bytes)));
  });
  const ofServer = new MemorySocket((bytes) => {
    toClient.push(Buffer.from(bytes));
    setImmediate(() => ofClient.receive(Buffer.from(bytes)));
  });
  openServer(ofServer, { clock, faults: [] });
  const { answers } = openClient(ofClient, clock, []);
  await Promise.all(answers.map(finish));
  await turn();
  ofClient.destroy();
  ofServer.destroy();
  await turn();
  return {
    toServer: parseFrames(Buffer.concat(toServer).subarray(connectionPreface.length)),
    toClient: parseFrames(Buffer.concat(toClient)),
  };
}
