import type { Encoding } from '../../grpc/compression.ts';
import type { GatherBudget } from '../../grpc/gather-budget.ts';
import type { MethodWire } from '../../grpc/method-wire.ts';
import type { Http2Connection } from '../http2/connection.ts';
import type { ConnectionSocket } from '../http2/connection-options.ts';
import { FixedBlock } from './blocks.ts';

/** A socket of a client: it keeps the process alive only as long as it is told to. */
export interface ClientSocket extends ConnectionSocket {
  ref(): unknown;
  unref(): unknown;
}

/** What all calls of one connection of a client share. */
export class ClientSide {
  readonly connection: Http2Connection;
  /** Keeps the process alive while calls are open. */
  readonly socket: ClientSocket;
  readonly gathering: GatherBudget;
  /** How requests are packed. */
  readonly encoding: Encoding;
  readonly #address: { readonly scheme: string; readonly authority: string };
  readonly #heads = new Map<MethodWire, FixedBlock>();

  constructor(
    connection: Http2Connection,
    options: {
      readonly scheme: string;
      readonly authority: string;
      readonly encoding: Encoding;
      readonly gathering: GatherBudget;
      readonly socket: ClientSocket;
    },
  ) {
    this.connection = connection;
    this.socket = options.socket;
    this.gathering = options.gathering;
    this.encoding = options.encoding;
    this.#address = options;
  }

  /** The fields that all requests of a method begin with. */
  headOf(wire: MethodWire): FixedBlock {
    const known = this.#heads.get(wire);
    if (known !== undefined) return known;
    const { scheme, authority } = this.#address;
    const head = new FixedBlock([
      [':method', 'POST'],
      [':scheme', scheme],
      [':path', wire.path],
      [':authority', authority],
      ['content-type', 'application/grpc+proto'],
      ['te', 'trailers'],
      ['user-agent', 'mainstay-wire'],
      ...(this.encoding === 'gzip'
        ? ([
            ['grpc-encoding', 'gzip'],
            ['grpc-accept-encoding', 'identity,gzip'],
          ] as const)
        : []),
    ]);
    this.#heads.set(wire, head);
    return head;
  }
}
