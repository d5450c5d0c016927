import type { DescMessage, DescMethod } from '@bufbuild/protobuf';
import { type AnswerCachePolicy, methodPolicy, ownerField } from '@mainstay/rpc';

/**
 * Tells how answers of a route may be given again.
 *
 * Only of a `GET` without a target: its path and query are all that is asked. Answers about users are each user's own, whatever the contract says.
 *
 * @returns undefined when they may not.
 */
export function routeCache(method: DescMethod, httpMethod: string): AnswerCachePolicy | undefined {
  const { cache, target } = methodPolicy(method);
  if (cache === undefined || httpMethod !== 'GET' || method.methodKind !== 'unary' || target !== '') return undefined;
  return { ...cache, isShared: cache.isShared && !isOwned(method.output, new Set()) };
}

/** Whether a message, or one inside of it, is about a user. */
function isOwned(message: DescMessage, seen: Set<DescMessage>): boolean {
  if (seen.has(message)) return false;
  seen.add(message);
  return (
    ownerField(message) !== undefined ||
    message.fields.some((field) => field.message !== undefined && isOwned(field.message, seen))
  );
}
