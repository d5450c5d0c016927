import type { Clock } from '@mainstay/kernel';
import type { Carrier, CarrierEvents, OutgoingCall } from '../../client-connection.ts';
import { errorCode } from '../../faults/error-code.ts';
import type { FaultReporter } from '../../faults/fault-reporter.ts';
import type { Encoding } from '../../grpc/compression.ts';
import { GatherBudget } from '../../grpc/gather-budget.ts';
import type { MethodWire } from '../../grpc/method-wire.ts';
import { Http2Connection } from '../http2/connection.ts';
import type { ConnectionSocket } from '../http2/connection-options.ts';
import type { ConnectionLimits } from '../http2/limits.ts';
import { FixedBlock } from './blocks.ts';

/** Pause between pings for peers to whom ours were too many, in milliseconds: what gRPC's C core allows by default. */
const patientKeepaliveMs = 300_000;

/** A socket of a client: it keeps the process alive only as long as it is told to. */
export interface ClientSocket extends ConnectionSocket {
  ref(): unknown;
  unref(): unknown;
}

/** A call that a connection carries. */
export interface SideCall extends OutgoingCall {
  /** Opens its stream; there is room. */
  start(side: ClientSide): void;
}

/** How a client's side of a connection is set up. */
export interface ClientSideOptions {
  /** `host:port`. */
  readonly address: string;
  readonly isSecure: boolean;
  /** How requests are packed. */
  readonly encoding: Encoding;
  readonly limits: ConnectionLimits;
  readonly clock: Clock;
  readonly report: FaultReporter;
  readonly events: CarrierEvents<SideCall>;
  /** Told of a longer pause between pings that the peer wants. */
  onKeepalive(keepaliveMs: number): void;
  /** Default 1; for tests of the end of ids. */
  readonly firstStreamId?: number;
}

/** One connection of a client over a socket that is open, and what all its calls share; idle it keeps no process alive. */
export class ClientSide implements Carrier<SideCall> {
  readonly connection: Http2Connection;
  readonly encoding: Encoding;
  readonly gathering: GatherBudget = new GatherBudget();
  readonly #socket: ClientSocket;
  readonly #options: ClientSideOptions;
  readonly #heads = new Map<MethodWire, FixedBlock>();

  constructor(socket: ClientSocket, options: ClientSideOptions) {
    const { isSecure, limits, clock, report, events, firstStreamId } = options;
    this.#socket = socket;
    this.#options = options;
    this.encoding = options.encoding;
    this.connection = new Http2Connection({
      socket,
      isServer: false,
      limits,
      clock,
      ...(firstStreamId !== undefined && { firstStreamId }),
      // Whether it takes our certificate is known only when it speaks, so no call is sent before.
      ...(isSecure && { assumedStreams: 0 }),
      events: {
        onStream: () => undefined,
        onRoom: () => this.#onRoom(),
        onGoingAway: (why) => this.#onGoingAway(why),
        onFault: report,
        onClosed: () => events.onRetired(this, 'the connection was closed'),
      },
    });
  }

  get hasRoom(): boolean {
    return this.connection.hasRoom;
  }

  get hasCarried(): boolean {
    return this.connection.hasCarried;
  }

  get isExhausted(): boolean {
    return this.connection.isExhausted;
  }

  send(call: SideCall): void {
    if (this.connection.openCount === 0) this.#socket.ref();
    call.start(this);
  }

  drain(): void {
    this.connection.drain();
  }

  /** The fields that all requests of a method begin with. */
  headOf(wire: MethodWire): FixedBlock {
    let head = this.#heads.get(wire);
    if (head === undefined) {
      head = new FixedBlock(this.#headFields(wire));
      this.#heads.set(wire, head);
    }
    return head;
  }

  #headFields({ path }: MethodWire): [name: string, value: string][] {
    const { isSecure, address } = this.#options;
    const fields: [name: string, value: string][] = [
      [':method', 'POST'],
      [':scheme', isSecure ? 'https' : 'http'],
      [':path', path],
      [':authority', address],
      ['content-type', 'application/grpc+proto'],
      ['te', 'trailers'],
      ['user-agent', 'mainstay-wire'],
    ];
    if (this.encoding === 'gzip') fields.push(['grpc-encoding', 'gzip'], ['grpc-accept-encoding', 'identity,gzip']);
    return fields;
  }

  #onRoom(): void {
    this.#options.events.onRoom();
    if (this.connection.openCount === 0) this.#socket.unref();
  }

  #onGoingAway({ code, debug }: { readonly code: number; readonly debug: string }): void {
    const options = this.#options;
    if (code === errorCode.enhanceYourCalm && debug.startsWith('too_many_pings')) {
      options.onKeepalive(Math.max(patientKeepaliveMs, options.limits.keepaliveMs));
    }
    options.events.onRetired(this, debug);
  }
}
