import type { HandlerContext, MethodImplSpec } from '@connectrpc/connect';
import { currentContext } from '@mainstay/kernel/context';
import { readYourWrites, writtenToken } from '@mainstay/postgres';
import type { ServiceBinding } from '@mainstay/rpc';

/** Under this name a call's baggage says what it has to see, and its answer what whoever follows it has to. */
export const writtenName = 'written-up-to';

/**
 * Makes each unary call of a binding see, on replicas too, what it wrote itself and what the calls before it did whose token came along.
 *
 * For services with replicas: an answer says in its headers what was written, and a gateway that maps the name both ways as baggage hands it to the client and
 * back. Calls that stream are left as they are.
 */
export function writtenBinding(binding: ServiceBinding): ServiceBinding {
  const methods = [...binding.methods].map(([method, spec]) => [method, noting(spec)] as const);
  return { ...binding, methods: new Map(methods) };
}

function noting(spec: MethodImplSpec): MethodImplSpec {
  if (spec.kind !== 'unary') return spec;
  const run = spec.impl as (message: unknown, context: HandlerContext) => Promise<unknown>;
  const impl = (message: unknown, context: HandlerContext): Promise<unknown> =>
    readYourWrites({ after: currentContext()?.baggage?.[writtenName] }, async () => {
      const answer = await run(message, context);
      const token = writtenToken();
      if (token !== undefined) context.responseHeader.set(writtenName, token);
      return answer;
    });
  return { ...spec, impl: impl as typeof spec.impl };
}
