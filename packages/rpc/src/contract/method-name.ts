import type { DescMethod } from '@bufbuild/protobuf';

/** Full name of a method as logs and errors show it, for example `orders.v1.OrdersService/GetOrder`. */
export function methodName({ parent, name }: DescMethod): string {
  return `${parent.typeName}/${name}`;
}
