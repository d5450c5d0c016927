import { type DescMethod, getOption, hasOption } from '@bufbuild/protobuf';
import {
  Access,
  Idempotency,
  type MethodPolicy,
  method as methodOption,
  Priority as PriorityOption,
  RetryClass,
  Sensitivity,
} from '@mainstay/contracts/mainstay/options/v1/options';
import type { Priority } from '@mainstay/resilience';
import { type FieldSensitivity, sensitivityName } from './field-sensitivity.ts';

/** Who may call: anyone; users and services; users with a role, and services; services only. */
export type MethodAccess = 'public' | 'authenticated' | 'role' | 'internal';

/** What repeating does: may do the work twice; reads only; has one effect per idempotency key. */
export type MethodIdempotency = 'none' | 'safe' | 'keyed';

/** The fields by which a stream of answers goes on where it was cut off. */
export interface StreamPositions {
  /** Field of the answer with the position after it. */
  readonly position: string;
  /** Field of the request with the position to go on after. */
  readonly resume: string;
}

/** What a contract says about one method, with the defaults filled in. */
export interface ResolvedMethodPolicy {
  readonly access: MethodAccess;
  /** Roles of which the caller must hold one; empty unless `access` is `role`. */
  readonly roles: readonly string[];
  /** Services that may call, `*` among them for any service of the fleet; undefined leaves it to `access`. */
  readonly callers: ReadonlySet<string> | undefined;
  readonly idempotency: MethodIdempotency;
  /** Cap of the deadline in milliseconds; undefined for streaming methods whose contract names none. */
  readonly timeoutMs: number | undefined;
  /** `never` forbids every repetition, also of calls that certainly did not run. */
  readonly retry: 'never' | 'when_safe';
  /** Who goes first when not all calls can be served. */
  readonly priority: Priority;
  /** Whether the call may be sent a second time when its answer is late. */
  readonly isHedged: boolean;
  /** Calls of a client's limit that one call counts as, at least 1. */
  readonly cost: number;
  /** HTTP status of a success at the edge. */
  readonly successStatus: number;
  /** Template of the `Location` header at the edge; empty for none. */
  readonly location: string;
  /** How a stream of answers goes on after a cut; undefined when it cannot. */
  readonly stream: StreamPositions | undefined;
  /** Field of the request with the name of the service to call; empty means the contract's own. */
  readonly target: string;
  /** Up to which sensitivity whoever may call is shown the answer; `public` leaves it to the caller's clearance. */
  readonly discloses: FieldSensitivity;
  /** How the edge may give an answer again; undefined when it may not. */
  readonly cache: AnswerCachePolicy | undefined;
  /** Services, by name, that a call cannot begin its work without. */
  readonly needs: readonly string[];
  /** Services, by name, that a call cannot end without, though its own service takes it down. */
  readonly awaits: readonly string[];
}

/** How an answer may be given again. */
export interface AnswerCachePolicy {
  /** Age up to which it is given without asking, in milliseconds; 0 asks each time. */
  readonly freshMs: number;
  /** Age up to which it stands in when the service gives none, in milliseconds; 0 for none. */
  readonly staleMs: number;
  /** Whether users of the same roles get the same answer. */
  readonly isShared: boolean;
  /** Whether callers that ask for the same at the same time share one call. */
  readonly isCoalesced: boolean;
}

const accesses: Readonly<Record<number, MethodAccess>> = {
  [Access.PUBLIC]: 'public',
  [Access.AUTHENTICATED]: 'authenticated',
  [Access.ROLE]: 'role',
  [Access.INTERNAL]: 'internal',
};

const idempotencies: Readonly<Record<number, MethodIdempotency>> = {
  [Idempotency.SAFE]: 'safe',
  [Idempotency.KEYED]: 'keyed',
};

const priorities: Readonly<Record<number, Priority>> = {
  [PriorityOption.CRITICAL]: 'critical',
  [PriorityOption.LOW]: 'low',
  [PriorityOption.BACKGROUND]: 'background',
};

export const defaultTimeoutMs = 5_000;

/** Methods of standard protocols carry no options of ours, and probes come without an identity. */
const standardServices: ReadonlySet<string> = new Set([
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
]);

const cache = new WeakMap<DescMethod, ResolvedMethodPolicy>();

/**
 * Reads the policy of a method from its contract.
 *
 * A method without options is for services only and never repeated. Cost: one look-up in a map after the first time.
 */
export function methodPolicy(method: DescMethod): ResolvedMethodPolicy {
  let policy = cache.get(method);
  if (policy === undefined) {
    policy = Object.freeze(resolve(method));
    cache.set(method, policy);
  }
  return policy;
}

function resolve(method: DescMethod): ResolvedMethodPolicy {
  const option: Partial<MethodPolicy> = hasOption(method, methodOption) ? getOption(method, methodOption) : {};
  const isStandard = standardServices.has(method.parent.typeName);
  const isStreaming = method.methodKind !== 'unary';
  const access = isStandard ? 'public' : (accesses[option.access ?? Access.UNSPECIFIED] ?? 'internal');
  return {
    access,
    roles: access === 'role' ? [...(option.roles ?? [])] : [],
    callers: option.callers?.length ? new Set(option.callers) : undefined,
    idempotency: isStandard ? 'safe' : (idempotencies[option.idempotency ?? Idempotency.UNSPECIFIED] ?? 'none'),
    timeoutMs: option.timeoutMs || (isStreaming ? undefined : defaultTimeoutMs),
    retry: option.retry === RetryClass.NEVER ? 'never' : 'when_safe',
    priority: isStandard ? 'critical' : (priorities[option.priority ?? PriorityOption.UNSPECIFIED] ?? 'normal'),
    isHedged: option.hedge === true && option.idempotency === Idempotency.SAFE && !isStreaming,
    cost: option.cost || 1,
    successStatus: option.successStatus || 200,
    location: option.location ?? '',
    stream:
      option.stream === undefined ? undefined : { position: option.stream.position, resume: option.stream.resume },
    target: option.target ?? '',
    discloses: sensitivityName(option.discloses ?? Sensitivity.UNSPECIFIED),
    cache: cacheOf(option),
    needs: option.needs ?? [],
    awaits: option.awaits ?? [],
  };
}

/** What changes something, or is not said to be safe, is never given again. */
function cacheOf({ cache, idempotency }: Partial<MethodPolicy>): AnswerCachePolicy | undefined {
  if (cache === undefined || idempotency !== Idempotency.SAFE) return undefined;
  const { freshMs, staleMs, shared: isShared } = cache;
  const isCoalesced = cache.coalesce || freshMs > 0;
  return isCoalesced || staleMs > 0 ? { freshMs, staleMs, isShared, isCoalesced } : undefined;
}
