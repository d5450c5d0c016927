import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { turn } from './peer.ts';
import { record } from './record.ts';
import { playSession } from './session.ts';

/** What the runner asks of its worker. */
export interface FuzzJob {
  readonly seed: number;
  readonly maxFrames: number;
  /** Plays this one session only. */
  readonly session: number | undefined;
  /** Where the worker writes the number of the session it plays. */
  readonly place: Int32Array;
}

/** What the worker reports, now and then and at the end. */
export interface FuzzProgress {
  readonly sessions: number;
  readonly frames: number;
  readonly answered: number;
  readonly heapBytes: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly isDone: boolean;
}

/** Frames between two reports. */
const reportEvery = 250_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function run({ seed, maxFrames, session, place }: FuzzJob): Promise<void> {
  const recorded = await record();
  const faults: Record<string, number> = {};
  let sessions = 0;
  let frames = 0;
  let answered = 0;
  const report = async (isDone: boolean): Promise<void> => {
    // Buffers are let go of a turn after the objects that held them.
    for (let turns = 0; turns < 3; turns++) {
      await turn();
      collectGarbage();
    }
    const { heapUsed, external } = process.memoryUsage();
    const progress: FuzzProgress = { sessions, frames, answered, heapBytes: heapUsed + external, faults, isDone };
    parentPort?.postMessage(progress);
  };
  for (let reportAt = reportEvery; frames < maxFrames; sessions++) {
    const number = session ?? sessions;
    Atomics.store(place, 0, number);
    const outcome = await playSession(recorded, Math.imul(seed, 0x9e3779b1) + number);
    frames += outcome.frames;
    answered += outcome.answered;
    for (const rule of outcome.faults) faults[rule] = (faults[rule] ?? 0) + 1;
    if (session !== undefined) break;
    if (frames < reportAt) continue;
    reportAt += reportEvery;
    await report(false);
  }
  await report(true);
}

await run(workerData as FuzzJob);
