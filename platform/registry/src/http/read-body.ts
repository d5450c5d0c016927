import { type FieldViolation, kernelReasons, PlatformError } from '@mainstay/kernel';
import { z } from 'zod';
import type { Registration } from '../domain/entry.ts';
import type { ReportedState } from '../domain/instance-state.ts';

const reported = z.enum(['healthy', 'degraded', 'draining', 'unhealthy']);
const load = z.number().int().min(0).max(4_294_967_295);
const metadata = z
  .record(z.string().min(1).max(128), z.string().max(1_024))
  .refine((pairs) => Object.keys(pairs).length <= 32, { error: 'at most 32 entries' });

// The rules of the contract, in the names of the HTTP face.
const registerBody = z.strictObject({
  id: z.string().max(128).default(''),
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, { error: 'lower-case letters, digits and dashes, first a letter' }),
  address: z.string().regex(/^.{1,255}:[0-9]{1,5}$/, { error: 'host:port' }),
  management_url: z.union([z.literal(''), z.url({ protocol: /^https?$/ }).max(512)]).default(''),
  health: reported.default('healthy'),
  load: load.default(0),
  metadata: metadata.default({}),
});

const heartbeatBody = z.strictObject({ health: reported.optional(), load: load.default(0) });

/** Reads the body of `POST /register`. @throws `invalid_argument` / `REQUEST_INVALID` with every violation. */
export function readRegistration(body: unknown): Registration {
  const { name, management_url: managementUrl, health, ...rest } = parse(registerBody, body);
  return { ...rest, service: name, managementUrl, reported: health };
}

/** Reads the body of `PUT /heartbeat/{id}`, which may be absent. @throws like {@link readRegistration}. */
export function readHeartbeat(body: unknown): { reported: ReportedState | undefined; load: number } {
  const { health, load: given } = parse(heartbeatBody, body ?? {});
  return { reported: health, load: given };
}

/** Refuses a request for one field. */
export function refuse(violation: FieldViolation): PlatformError {
  const message = `${violation.field === '' ? 'the request' : violation.field}: ${violation.message}`;
  return new PlatformError(kernelReasons.REQUEST_INVALID, message, { violations: [violation] });
}

function parse<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const violations = result.error.issues.map((issue) => ({
    field: issue.path.join('.'),
    rule: issue.code ?? 'custom',
    message: issue.message,
  }));
  const message = `the request breaks ${violations.length === 1 ? 'a rule' : `${violations.length} rules`}`;
  throw new PlatformError(kernelReasons.REQUEST_INVALID, message, { violations });
}
