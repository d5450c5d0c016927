import type { Message } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import type { Clock } from '@mainstay/kernel';
import type { EngineCall, EngineServer, ServerEngine } from '../../src/engine/engine.ts';
import type { ConnectionLimits } from '../../src/engine/wire/http2/limits.ts';
import { createWireServerEngine } from '../../src/engine/wire/server-engine.ts';
import { isStream } from '../../src/wire/streams.ts';
import { handlerOf } from '../handler-of.ts';
import { KindsService } from '../kinds-service.ts';
import { connectRaw, type RawPeer, watchFaults } from './raw-peer.ts';

/** A server and what it says of its peers. */
export interface WatchedServer extends AsyncDisposable {
  readonly address: string;
  readonly server: EngineServer;
  /** Rules that peers broke, in order. */
  readonly rules: readonly string[];
  readonly lines: readonly string[];
  /** Handlers that run now, those that ran, and their signals. */
  readonly calls: EngineCall[];
  running(): number;
  /** Lets handlers go on that wait because of the text `wait`. */
  release(): void;
  connect(options?: Parameters<typeof connectRaw>[1]): Promise<RawPeer>;
}

/** Serves `KindsService` with the wire engine. */
export function watchedServer(
  limits: Partial<ConnectionLimits> = {},
  options: WatchOptions = {},
): Promise<WatchedServer> {
  return watch(createWireServerEngine(limits), options);
}

/** How a server is watched. */
export interface WatchOptions {
  readonly clock?: Clock;
  readonly maxMessageBytes?: number;
}

/**
 * Serves `KindsService` so that the text of a request says what happens: `wait` waits, `big N` answers with N bytes,
 * others are echoed.
 */
export async function watch(engine: ServerEngine, options: WatchOptions = {}): Promise<WatchedServer> {
  const { rules, lines, logger, meter } = watchFaults();
  const calls: EngineCall[] = [];
  let released = Promise.withResolvers<void>();
  let running = 0;
  const answerTo = async (payload: Message): Promise<Message> => {
    const { value } = payload as unknown as { value: string };
    if (value === 'wait') await released.promise;
    const [, bytes] = /^big ([0-9]+)$/.exec(value) ?? [];
    return create(KindsService.method.unary.output, { value: bytes === undefined ? value : 'x'.repeat(Number(bytes)) });
  };
  const server = await engine.listen({
    host: '127.0.0.1',
    port: 0,
    methods: KindsService.methods,
    maxMessageBytes: options.maxMessageBytes ?? 4_194_304,
    onRefused: () => undefined,
    logger,
    meter,
    ...(options.clock !== undefined && { clock: options.clock }),
    handler: handlerOf(async (call) => {
      calls.push(call);
      running += 1;
      try {
        const { payload } = call;
        const many = async function* (): AsyncIterable<Message> {
          if (isStream<Message>(payload)) for await (const message of payload) yield await answerTo(message);
          else yield await answerTo(payload);
        };
        const isOne = call.method.methodKind === 'unary' || call.method.methodKind === 'client_streaming';
        if (!isOne) return { payload: many(), header: undefined, trailer: undefined };
        let last: Message | undefined;
        for await (const message of many()) last = message;
        return { payload: last!, header: undefined, trailer: undefined };
      } finally {
        running -= 1;
      }
    }),
  });
  return {
    address: server.address,
    server,
    rules,
    lines,
    calls,
    running: () => running,
    release() {
      released.resolve();
      released = Promise.withResolvers();
    },
    connect: (settings) => connectRaw(server.address, settings),
    async [Symbol.asyncDispose]() {
      released.resolve();
      await server.close(0);
    },
  };
}
