import type { Message } from '@bufbuild/protobuf';
import { type Clock, deadlineIn, type Logger, type Meter, toPlatformError } from '@mainstay/kernel';
import { runInContext } from '@mainstay/kernel/context';
import { durationBuckets } from '@mainstay/telemetry';
import type { MirrorRule } from '../../exchange/assignment.ts';
import type { PreparedCall } from '../../protection/prepare-call.ts';
import type { Route } from '../../routes/compile-routes.ts';
import { encodeResponse } from '../../transcode/encode-response.ts';
import { countDifferences } from './compare-answers.ts';
import { type MirrorReport, type MirrorTally, newTally, reportOf } from './mirror-report.ts';

/** A call that somebody got an answer to. */
export interface MirroredCall {
  readonly rule: MirrorRule;
  readonly route: Route;
  readonly message: Message;
  readonly prepared: PreparedCall;
  /** What the caller got: a message, or the error. */
  readonly answer: { readonly message: Message } | { readonly error: unknown };
  readonly durationMs: number;
  /** Calls the mirrored version; undefined while it has no instance. */
  readonly invoke: ((options: MirrorCallOptions) => Promise<Message>) | undefined;
}

/** What a copy is sent with. */
export interface MirrorCallOptions {
  readonly headers: Readonly<Record<string, string>> | undefined;
}

/** Sends copies of calls, compares what comes back, and drops it. */
export interface Mirror {
  /** Sends one copy in the background; never throws and keeps nobody waiting. */
  copy(call: MirroredCall): void;
  reports(service: string): readonly MirrorReport[];
}

/** Copies under way at the same time; a slow mirror must not fill the gateway. */
const maxInFlight = 64;
/** Time that a copy may take when the contract says none. */
const defaultTimeoutMs = 5_000;

/** What a mirror works with. */
export interface MirrorTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** Makes the mirror of a gateway. Copies pass no circuit and no bulkhead: their failures are the mirrored version's alone. */
export function createMirror({ clock, logger, meter }: MirrorTools): Mirror {
  const copies = meter.counter({
    name: 'mainstay.gateway.mirror.copies',
    description: 'Copied requests by how their answers compared with those that callers got',
    unit: '{request}',
    labelNames: ['service', 'version', 'outcome'],
  });
  const differing = meter.counter({
    name: 'mainstay.gateway.mirror.differences',
    description: 'Values in which answers of a mirrored version differed',
    unit: '{value}',
    labelNames: ['service', 'version'],
  });
  const durations = meter.histogram({
    name: 'mainstay.gateway.mirror.duration',
    description: 'Time that mirrored versions took for an answer',
    unit: 's',
    labelNames: ['service', 'version'],
    buckets: durationBuckets,
  });
  const tallies = new Map<string, Map<string, MirrorTally>>();
  let inFlight = 0;

  const tallyOf = (service: string, version: string): MirrorTally => {
    const byVersion = tallies.get(service) ?? new Map<string, MirrorTally>();
    tallies.set(service, byVersion);
    const tally = byVersion.get(version) ?? newTally(version);
    byVersion.set(version, tally);
    return tally;
  };

  const compare = async (call: MirroredCall, invoke: NonNullable<MirroredCall['invoke']>): Promise<void> => {
    const { route, rule, prepared, durationMs } = call;
    const labels = labelsOf(call);
    const startedAtMs = clock.monotonicMs();
    // A life of its own: whoever got the real answer may be gone, and its deadline with it.
    const { cancellation: _, deadline: __, ...context } = prepared.context;
    const deadline = deadlineIn(route.timeoutMs ?? defaultTimeoutMs, clock);
    const answer = await runInContext({ ...context, deadline }, () => invoke({ headers: prepared.headers })).then(
      (message) => ({ message }),
      (error: unknown) => ({ error }),
    );
    const tookMs = clock.monotonicMs() - startedAtMs;
    const fields = differencesOf(call, answer);
    const outcome = fields === undefined ? 'other_status' : fields === 0 ? 'same' : 'different';
    const tally = tallyOf(route.serviceName, rule.version);
    tally.compared += 1;
    tally[outcome] += 1;
    tally.fields += fields ?? 0;
    tally.ms += tookMs;
    tally.msServed += durationMs;
    copies.add(1, { ...labels, outcome });
    if (fields !== undefined && fields > 0) differing.add(fields, labels);
    durations.record(tookMs / 1_000, labels);
  };

  return {
    copy(call) {
      const { rule, route, invoke } = call;
      if (invoke === undefined || inFlight >= maxInFlight) {
        tallyOf(route.serviceName, rule.version).dropped += 1;
        copies.add(1, { ...labelsOf(call), outcome: 'dropped' });
        return;
      }
      inFlight += 1;
      compare(call, invoke)
        .catch((error: unknown) => logger.warn('answers could not be compared', { ...labelsOf(call), error }))
        .finally(() => {
          inFlight -= 1;
        });
    },
    reports: (service) => [...(tallies.get(service)?.values() ?? [])].map(reportOf),
  };
}

type Answer = MirroredCall['answer'];

function labelsOf({ route, rule }: MirroredCall): { readonly service: string; readonly version: string } {
  return { service: route.serviceName, version: rule.version };
}

/** Values in which two answers differ; undefined when they did not end alike. */
function differencesOf({ route, rule, answer }: MirroredCall, mirrored: Answer): number | undefined {
  if ('error' in answer || 'error' in mirrored) return codeOf(answer) === codeOf(mirrored) ? 0 : undefined;
  const { output } = route.method;
  const ignored = new Set(rule.ignore);
  return countDifferences(encodeResponse(output, answer.message), encodeResponse(output, mirrored.message), ignored);
}

function codeOf(answer: Answer): string {
  return 'error' in answer ? toPlatformError(answer.error).code : 'ok';
}
