import type { DescService } from '@bufbuild/protobuf';

/**
 * Name under which a service is registered: the first word of its protobuf package, without `mainstay`.
 *
 * @example
 * serviceNameOf(OrdersService); // 'orders', from orders.v1.OrdersService
 * serviceNameOf(RegistryService); // 'registry', from mainstay.registry.v1.RegistryService
 */
export function serviceNameOf(service: DescService): string {
  const words = service.typeName.split('.');
  const first = words[0] === 'mainstay' ? words[1] : words[0];
  return (first ?? service.typeName).replaceAll('_', '-');
}
