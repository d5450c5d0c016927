import type { Identity } from '@mainstay/kernel/context';
import type { FieldSensitivity } from '@mainstay/rpc';
import type { CustomerGrant } from '../identity/customer-grant.ts';
import type { Route } from '../routes/compile-routes.ts';
import type { Assignment } from './assignment.ts';

/** A request that may be carried out: everything that does not need its body is decided. */
export interface AdmittedRequest {
  readonly route: Route;
  readonly pathValues: ReadonlyMap<string, string>;
  /** From a verified token only, with the tier of the client. */
  readonly identity: Identity;
  /** Unix milliseconds at which the token is no longer taken; undefined for a caller without one. */
  readonly endsAtMs: number | undefined;
  /** How sensitive fields of the answer may be that are shown: what the caller is cleared for, or the contract gives out. */
  readonly clearance: FieldSensitivity;
  /** Shows personal data of their customers, whatever the clearance. */
  readonly grants: readonly CustomerGrant[];
  /** The version of the service that it goes to; undefined where traffic is not split. */
  readonly assignment: Assignment | undefined;
  /** What is said to the service beside the message; undefined for nothing. */
  readonly metadata: Readonly<Record<string, string>> | undefined;
  /** Until when the client waits, in monotonic milliseconds; undefined when it leaves that to the contract. */
  readonly dueAtMs: number | undefined;
  readonly idempotencyKey: string | undefined;
  /** Only on methods that take a key: those are the ones that may take long. */
  readonly preferWaitSeconds: number | undefined;
}
