import { AssertionError } from 'node:assert';
import { type Logger, type Meter, silentLogger, silentMeter } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { answerOf } from '../../src/engine/answer-of.ts';
import type { EngineAnswer, EngineCall, ServerEngineOptions } from '../../src/engine/engine.ts';
import type { Fault, Rule } from '../../src/engine/faults/fault.ts';
import { methodWire } from '../../src/engine/grpc/method-wire.ts';
import { createWireClientEngine } from '../../src/engine/wire/client-engine.ts';
import { connectionPreface } from '../../src/engine/wire/frames/frame.ts';
import type { Http2Connection } from '../../src/engine/wire/http2/connection.ts';
import { type ConnectionLimits, defaultLimits } from '../../src/engine/wire/http2/limits.ts';
import { serve } from '../../src/engine/wire/server-engine.ts';
import { handlerOf } from '../handler-of.ts';
import { KindsService } from '../kinds-service.ts';
import { answer, finish, sessionCalls } from './calls.ts';
import type { MemorySocket } from './memory-socket.ts';
import { FuzzPeer, turn } from './peer.ts';

/** Small limits, so that a session can go beyond them. */
const sessionLimits: ConnectionLimits = {
  ...defaultLimits,
  maxConcurrentStreams: 20,
  streamWindowBytes: 65_536,
  connectionWindowBytes: 262_144,
};
const sessionMessageBytes = 100_000;

/** A connection under test. */
export interface Target {
  readonly peer: FuzzPeer;
  readonly clock: FakeClock;
  /** Rules that the peer broke. */
  readonly faults: readonly Rule[];
  /** Ends the session and checks that nothing is left of it. */
  finish(): Promise<void>;
}

const routes = new Map(KindsService.methods.map(methodWire).map((wire) => [wire.path, wire]));

/** How a server of ours is watched, and other limits than the small ones of sessions. */
export interface Watch {
  readonly clock: FakeClock;
  readonly faults: Rule[];
  readonly limits?: ConnectionLimits;
  readonly maxMessageBytes?: number;
}

/** A server of ours on a socket. */
export function openServer(
  socket: MemorySocket,
  { clock, faults, limits = sessionLimits, maxMessageBytes = sessionMessageBytes }: Watch,
): { connection: Http2Connection; readonly running: () => number } {
  let running = 0;
  const options: ServerEngineOptions = {
    host: '',
    port: 0,
    methods: KindsService.methods,
    maxMessageBytes,
    clock,
    onRefused: () => undefined,
    handler: handlerOf(async (call) => {
      running += 1;
      try {
        return await answer(call);
      } finally {
        running -= 1;
      }
    }),
  };
  const report = ({ rule, cause }: Fault): void => {
    faults.push(rule);
    if (cause !== undefined) console.error(cause);
  };
  const connection = serve(socket, { options, limits, routes, report, peer: undefined }, () => undefined);
  return { connection, running: () => running };
}

/** A client of ours on a socket, and its calls. */
export function openClient(
  socket: MemorySocket,
  clock: FakeClock,
  faults: Rule[],
): { answers: Promise<EngineAnswer>[]; readonly close: () => void } {
  const logger: Logger = { ...silentLogger, error: (_message, fields) => console.error(fields?.['error']) };
  const meter: Meter = {
    ...silentMeter,
    counter: () => ({ add: (_value, labels) => void faults.push(labels?.['rule'] as Rule) }),
  };
  const engine = createWireClientEngine({ limits: sessionLimits, open: async () => socket });
  const connection = engine.connect({
    address: 'fuzz:1',
    maxMessageBytes: sessionMessageBytes,
    connectTimeoutMs: 1,
    clock,
    logger,
    meter,
  });
  const calls: readonly EngineCall[] = sessionCalls();
  return {
    answers: calls.map((call) => answerOf((sink) => connection.call(call, sink))),
    close: () => connection.close(),
  };
}

export function serverTarget(): Target {
  const faults: Rule[] = [];
  const clock = new FakeClock();
  const peer = new FuzzPeer({ isServer: true, prefaceBytes: connectionPreface.length });
  const { connection, running } = openServer(peer.socket, { clock, faults });
  return {
    peer,
    clock,
    faults,
    async finish() {
      check('a mistake of ours', !faults.includes('own_mistake'));
      check('bytes of the window', connection.credit.windowBytes <= sessionLimits.connectionWindowBytes);
      check('open streams', connection.openCount <= sessionLimits.maxConcurrentStreams);
      check('table', connection.receiver.decoder.tableBytes <= 4_096);
      peer.socket.destroy();
      for (let turns = 0; turns < 20 && (connection.openCount > 0 || running() > 0); turns++) await turn();
      await turn();
      check(`${connection.streams.size} streams`, connection.streams.size === 0);
      check(`${connection.openCount} counted streams`, connection.openCount === 0);
      check(`${running()} handlers`, running() === 0);
      check(`${connection.sendQueue.queuedBytes} queued bytes`, connection.sendQueue.queuedBytes === 0);
      check(`${clock.pendingCount} timers`, clock.pendingCount === 0);
    },
  };
}

export async function clientTarget(): Promise<Target> {
  const clock = new FakeClock();
  const peer = new FuzzPeer({ isServer: false, prefaceBytes: 0 });
  const faults: Rule[] = [];
  const { answers, close } = openClient(peer.socket, clock, faults);
  let left = answers.length;
  for (const answered of answers) void finish(answered).finally(() => (left -= 1));
  await turn();
  return {
    peer,
    clock,
    faults,
    async finish() {
      check('a mistake of ours', !faults.includes('own_mistake'));
      close();
      peer.socket.destroy();
      for (let turns = 0; turns < 20 && left > 0; turns++) await turn();
      await turn();
      check(`${left} calls`, left === 0);
      check(`${clock.pendingCount} timers`, clock.pendingCount === 0);
    },
  };
}

function check(what: string, isRight: boolean): void {
  if (!isRight) throw new AssertionError({ message: `left behind or beyond its limit: ${what}` });
}
