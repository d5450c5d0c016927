import type { DescMethod, DescService, Message } from '@bufbuild/protobuf';
import type { Interceptor, Transport } from '@connectrpc/connect';
import { type Clock, type Logger, type Meter, systemClock } from '@mainstay/kernel';
import { withPayload } from '../client/streamed-try.ts';
import { createTransportCore, limitAttempts } from '../client/transport-core.ts';
import type { ServiceBinding } from '../contract/binding.ts';
import { answerOf } from '../engine/answer-of.ts';
import type { ClientConnection, EngineAnswer, EngineCall, EngineHandler } from '../engine/engine.ts';
import type { IdentitySigner, IdentityVerifier } from '../identity/identity.ts';
import type { MessageCatalogue } from '../messages/message-catalogue.ts';
import { createServerCore, type ServerCore } from '../server/server-core.ts';
import { isStream, mapStream, withFirst } from '../wire/streams.ts';
import { deepFreeze } from './deep-freeze.ts';

/** How {@link createInProcessTransport} is set up. */
export interface InProcessTransportOptions {
  /** What is served in this process now; asked at every call, so services may come and go; a list that changed is another one, or has another length. */
  readonly bindings: () => readonly ServiceBinding[];
  /** Says who calls; nothing is signed, since nothing leaves the process. */
  readonly identity: IdentitySigner & IdentityVerifier;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Default the machine's clock. */
  readonly clock?: Clock;
  /**
   * Freezes every message on both ways, so that a change that a copy over the wire would hide fails at once; for
   * development. Default false: messages are shared as they are.
   */
  readonly freeze?: boolean;
  /** Tries of one call, the first included, 1 to 3, default 3. */
  readonly maxAttempts?: number;
  /** Connect interceptors around every call, on the caller's side. */
  readonly interceptors?: readonly Interceptor[];
  /** Connect interceptors around every handler, inside of all checks. */
  readonly serverInterceptors?: readonly Interceptor[];
  /** What errors say to people whose language a call names (`accept-language`), default English. */
  readonly messages?: MessageCatalogue;
}

/** A transport to services in the same process. */
export interface InProcessTransport extends Transport {
  /** Calls running now; they are not among those of a server. */
  inFlight(): number;
}

/**
 * Makes a transport to services in the same process: a function call with the deadline, errors, trace, identity,
 * access rules and validation of a call over the wire, without bytes.
 *
 * Messages are shared, not copied: neither side may change one that it has handed over.
 */
export function createInProcessTransport(options: InProcessTransportOptions): InProcessTransport {
  const clock = options.clock ?? systemClock;
  const cores = new Map<ServiceBinding, ServerCore>();
  const nothing = createCore([]);

  function createCore(bindings: readonly ServiceBinding[]): ServerCore {
    const { identity, logger, meter } = options;
    return createServerCore({
      bindings,
      identity,
      logger,
      meter,
      clock,
      interceptors: options.serverInterceptors ?? [],
      messages: options.messages,
    });
  }
  let offered: readonly ServiceBinding[] | undefined;
  let byService = new Map<DescService, ServerCore>();

  /** Looks at the bindings again when they are another list. */
  const coreOf = (method: DescMethod): ServerCore => {
    const bindings = options.bindings();
    if (bindings !== offered || bindings.length !== byService.size) {
      offered = bindings;
      byService = new Map();
      for (const binding of bindings) {
        const core = cores.get(binding) ?? createCore([binding]);
        cores.set(binding, core);
        if (!byService.has(binding.service)) byService.set(binding.service, core);
      }
    }
    return byService.get(method.parent) ?? nothing;
  };
  const isSharing = options.freeze !== true;
  const share = <T extends Message>(message: T): T => (isSharing ? message : deepFreeze(message));

  async function callShared(handle: EngineHandler, call: EngineCall): Promise<EngineAnswer> {
    const { method, header, cancellation, local } = call;
    const payload = isStream<Message>(call.payload) ? mapStream(call.payload, share) : share(call.payload);
    const answer = await answerOf((sink) => handle({ method, payload, header, cancellation, local }, sink));
    if (!isStream<Message>(answer.payload)) {
      share(answer.payload);
      return answer;
    }
    // As over the wire, where the headers of a stream come with its first message.
    return withPayload(answer, await withFirst(mapStream(answer.payload, share)));
  }

  const connection: ClientConnection = {
    isLocal: true,
    isFull: false,
    call(call, sink) {
      const { handle } = coreOf(call.method);
      if (isSharing && call.method.methodKind === 'unary') {
        handle(call, sink);
        return;
      }
      void callShared(handle, call).then(
        (answer) => sink.onAnswer(answer),
        (error: unknown) => sink.onFailure(error),
      );
    },
    close: () => undefined,
  };

  const place = { id: 'in-process', connection, begin: () => undefined, end: () => undefined };
  const transport = createTransportCore({
    target: { service: 'in-process', choose: () => place },
    identity: options.identity,
    clock,
    logger: options.logger,
    meter: options.meter,
    maxAttempts: limitAttempts(options.maxAttempts),
    interceptors: options.interceptors ?? [],
    random: Math.random,
  });
  const inFlight = (): number => [...cores.values()].reduce((sum, core) => sum + core.inFlight(), 0);
  return { ...transport, inFlight };
}
