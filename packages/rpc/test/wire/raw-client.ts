import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { create, type DescMethod, type Message } from '@bufbuild/protobuf';
import { Cancellation, type Clock, isPlatformError } from '@mainstay/kernel';
import { answerOf } from '../../src/engine/answer-of.ts';
import { Metadata } from '../../src/engine/metadata.ts';
import { createWireClientEngine, type WireClientSettings } from '../../src/engine/wire/client-engine.ts';
import { isStream } from '../../src/wire/streams.ts';
import { KindsService } from '../kinds-service.ts';
import { RawPeer, watchFaults } from './raw-peer.ts';

/** A client of the wire engine whose server is the test, and what it says of it. */
export interface WatchedClient extends AsyncDisposable {
  /** Rules that the server broke, in order. */
  readonly rules: readonly string[];
  readonly lines: readonly string[];
  /** The server's end of the client's next connection; nothing is sent on it yet. */
  accept(): Promise<RawPeer>;
  /** Makes a call and gives the text of its answer, or `reason executed` of its failure. */
  call(options?: { value?: string; method?: DescMethod; cancellation?: Cancellation }): Promise<string>;
  /** Opens nothing new. */
  close(): void;
}

export async function watchedClient(
  settings: WireClientSettings = {},
  options: { clock?: Clock } = {},
): Promise<WatchedClient> {
  const { rules, lines, logger, meter } = watchFaults();
  const sockets: Socket[] = [];
  const peers: RawPeer[] = [];
  let wake = (): void => undefined;
  const server = createServer((socket) => {
    sockets.push(socket);
    peers.push(new RawPeer(socket, { skipPreface: true }));
    wake();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = createWireClientEngine(settings).connect({
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    maxMessageBytes: 4_194_304,
    connectTimeoutMs: 10_000,
    logger,
    meter,
    ...(options.clock !== undefined && { clock: options.clock }),
  });
  return {
    rules,
    lines,
    async accept() {
      for (;;) {
        const peer = peers.shift();
        if (peer !== undefined) return peer;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async call({ value = '', method = KindsService.method.unary, cancellation = new Cancellation() } = {}) {
      try {
        const payload = create(KindsService.method.unary.input, { value });
        const call = { method, payload, header: new Metadata(), cancellation };
        const answer = await answerOf((sink) => connection.call(call, sink));
        if (!isStream<Message>(answer.payload)) return textOf(answer.payload);
        const texts: string[] = [];
        for await (const message of answer.payload) texts.push(textOf(message));
        return texts.join();
      } catch (error) {
        return isPlatformError(error) ? `${error.reason} ${error.executed}` : String(error);
      }
    },
    close: () => connection.close(),
    async [Symbol.asyncDispose]() {
      connection.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function textOf(message: Message): string {
  return (message as unknown as { value: string }).value;
}
