import type { DescMethod, DescService, MessageShape } from '@bufbuild/protobuf';
import { createMethodImplSpec, type MethodImpl, type MethodImplSpec, type ServiceImpl } from '@connectrpc/connect';
import { optionError } from '@mainstay/kernel';
import type { RequestRule } from '../validation/violations.ts';

/** A service together with what answers its calls. */
export interface ServiceBinding {
  readonly service: DescService;
  /** Bound methods by their descriptor; a method that is missing here answers `METHOD_UNKNOWN`. */
  readonly methods: ReadonlyMap<DescMethod, MethodImplSpec>;
  /** Rules of single methods that the contract cannot say. */
  readonly rules: ReadonlyMap<DescMethod, RequestRule<never>>;
}

/** Rules by method: local names of methods, as in the implementation. */
export type ServiceRules<S extends DescService> = {
  readonly [K in keyof S['method']]?: RequestRule<MessageShape<S['method'][K]['input']>>;
};

/**
 * Binds an implementation to a service of the contract; methods may be left out.
 *
 * The implementation is Connect's `ServiceImpl`, a plain object or an instance of a class. Rules of a method run on every
 * request beside those of its contract, also on one that breaks these, and one error lists all violations of both.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` when a property with the name of a method is not
 * a function.
 * @example
 * const binding = bindService(OrdersService, { getOrder: ({ id }) => ({ order: orders.get(id) }) });
 * @example
 * const binding = bindService(OrdersService, orders, {
 *   createOrder({ items }, violations) {
 *     for (const [i, { sku }] of items.entries()) {
 *       if (isRetired(sku)) violations.at('items', i).add('sku', 'product.retired', 'is no longer sold');
 *     }
 *   },
 * });
 */
export function bindService<S extends DescService>(
  service: S,
  implementation: Partial<ServiceImpl<S>>,
  rules: ServiceRules<S> = {},
): ServiceBinding {
  const functions = implementation as Readonly<Record<string, unknown>>;
  const methods = new Map<DescMethod, MethodImplSpec>();
  for (const method of service.methods) {
    const run = functions[method.localName];
    if (run === undefined) continue;
    if (typeof run !== 'function') throw optionError(`implementation.${method.localName}`, 'a function', typeof run);
    methods.set(method, createMethodImplSpec(method, run.bind(implementation) as MethodImpl<DescMethod>));
  }
  const named = rules as Readonly<Record<string, RequestRule<never> | undefined>>;
  const ruled = service.methods.flatMap((method): [DescMethod, RequestRule<never>][] => {
    const rule = named[method.localName];
    return rule === undefined ? [] : [[method, rule]];
  });
  return { service, methods, rules: new Map(ruled) };
}
