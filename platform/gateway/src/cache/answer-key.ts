import type { AdmittedRequest } from '../exchange/admitted-request.ts';
import type { RequestTarget } from '../transcode/request-target.ts';

/**
 * Names an answer: what is asked, by which version it is answered, and for whom it was made.
 *
 * Callers share an answer only when they have the same roles and clearance, and, unless the contract says that it is shared, are the
 * same user.
 */
export function answerKey(admitted: AdmittedRequest, { path, query }: RequestTarget): string {
  const { route, identity, clearance, assignment } = admitted;
  const user = route.cache?.isShared === true ? '' : (identity.userId ?? '');
  const version = assignment?.versions[0] ?? '';
  const roles = identity.roles.length < 2 ? (identity.roles[0] ?? '') : identity.roles.toSorted().join(' ');
  return `${identity.kind}\n${user}\n${roles}\n${clearance}\n${version}\n${path}?${query}`;
}
