import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { createMethodImplSpec, type MethodImpl, type MethodImplSpec, type ServiceImpl } from '@connectrpc/connect';
import { optionError } from '@mainstay/kernel';

/** A service together with what answers its calls. */
export interface ServiceBinding {
  readonly service: DescService;
  /** Bound methods by their descriptor; a method that is missing here answers `METHOD_UNKNOWN`. */
  readonly methods: ReadonlyMap<DescMethod, MethodImplSpec>;
}

/**
 * Binds an implementation to a service of the contract; methods may be left out.
 *
 * The implementation is Connect's `ServiceImpl`, a plain object or an instance of a class.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` when a property with the name of a method is not
 * a function.
 * @example
 * const binding = bindService(OrdersService, { getOrder: ({ id }) => ({ order: orders.get(id) }) });
 */
export function bindService<S extends DescService>(
  service: S,
  implementation: Partial<ServiceImpl<S>>,
): ServiceBinding {
  const functions = implementation as Readonly<Record<string, unknown>>;
  const methods = new Map<DescMethod, MethodImplSpec>();
  for (const method of service.methods) {
    const run = functions[method.localName];
    if (run === undefined) continue;
    if (typeof run !== 'function') throw optionError(`implementation.${method.localName}`, 'a function', typeof run);
    methods.set(method, createMethodImplSpec(method, run.bind(implementation) as MethodImpl<DescMethod>));
  }
  return { service, methods };
}
