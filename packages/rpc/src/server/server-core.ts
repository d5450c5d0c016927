import type { DescMethod } from '@bufbuild/protobuf';
import type { Interceptor } from '@connectrpc/connect';
import type { Clock, Logger, Meter, PlatformError } from '@mainstay/kernel';
import type { ServiceBinding } from '../contract/binding.ts';
import type { EngineHandler } from '../engine/engine.ts';
import type { IdentityVerifier } from '../identity/identity.ts';
import type { MessageCatalogue } from '../messages/message-catalogue.ts';
import { createCallObservers } from './observe-call.ts';
import { ServedCall } from './served-call.ts';
import { type ServedMethod, servedMethod } from './served-method.ts';
import { ServerShared } from './server-shared.ts';

/** How a server core is set up. */
export interface ServerCoreOptions {
  readonly bindings: readonly ServiceBinding[];
  readonly identity: IdentityVerifier;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Connect interceptors around every handler, inside of all checks. */
  readonly interceptors?: readonly Interceptor[];
  /** What errors say to people whose language a call names, default English. */
  readonly messages?: MessageCatalogue | undefined;
  /** Fleet whose certificates prove services; default none, certificates then say nothing about them. */
  readonly fleet?: string | undefined;
}

/** Answers calls the same way whatever brought them. */
export interface ServerCore {
  /** All methods of the bound services, also those that are not bound. */
  readonly methods: readonly DescMethod[];
  readonly handle: EngineHandler;
  /** Calls running now. */
  readonly inFlight: () => number;
  /** Refuses new calls, and ends streams that have no deadline; the others go on. */
  drain(): void;
  /** Resolves when no call is running. */
  idle(): Promise<void>;
  /** Counts and logs a call that was refused before it got here. */
  readonly noteRefused: (method: DescMethod, error: PlatformError) => void;
}

/**
 * Makes the part of a server that is the same for sockets and for calls in the process.
 *
 * Order: identity, access, context, validation, idempotency key, interceptors, handler. Whatever is thrown becomes a
 * PlatformError fit for the caller. A call ends at its deadline or when the caller goes away, even when its handler
 * does not notice.
 */
export function createServerCore(options: ServerCoreOptions): ServerCore {
  const { bindings, clock, interceptors = [] } = options;
  const shared = new ServerShared(options);
  const observerOf = createCallObservers(options);
  const known = new Map<DescMethod, ServedMethod>();
  for (const { service, methods, rules } of bindings) {
    for (const method of service.methods) {
      const bound = { spec: methods.get(method), rule: rules.get(method), interceptors, observer: observerOf(method) };
      known.set(method, servedMethod(method, bound));
    }
  }

  /** A method of no binding comes from inside the process only, and is refused as one that is not bound. */
  const servedOf = (method: DescMethod): ServedMethod => {
    let served = known.get(method);
    if (served === undefined) {
      served = servedMethod(method, { spec: undefined, rule: undefined, interceptors, observer: observerOf(method) });
      known.set(method, served);
    }
    return served;
  };

  return {
    methods: bindings.flatMap(({ service }) => service.methods),
    handle: (call, sink) => new ServedCall(shared, servedOf(call.method), call).run(sink),
    inFlight: () => shared.inFlight,
    drain: () => shared.drain(),
    idle: () => shared.idle(),
    noteRefused(method, error) {
      servedOf(method).observer.ended(clock.monotonicMs(), { error, errorId: undefined });
    },
  };
}
