import type { DescMethod } from '@bufbuild/protobuf';
import { methodPolicy } from '@mainstay/rpc';
import type { CircuitScope } from './protection-policy.ts';

/** What a call shares its protection with, by the name that this has in a scope; undefined for the whole service. */
export function operationOf(scope: CircuitScope, method: DescMethod): string | undefined {
  if (scope === 'service') return undefined;
  return scope === 'method' ? method.name : kindOf(method);
}

/** Whether a method only reads, by its contract. */
export function kindOf(method: DescMethod): 'read' | 'write' {
  return methodPolicy(method).idempotency === 'safe' ? 'read' : 'write';
}
