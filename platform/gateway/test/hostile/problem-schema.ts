import { z } from 'zod';

/** RFC 9457 with the members that every problem of the gateway has. */
const problemSchema = z.looseObject({
  type: z.string().regex(/^(\/errors\/|urn:mainstay:error:)[A-Z0-9_]+$/),
  title: z.string().min(1),
  status: z.int().min(400).max(599),
  detail: z.string().min(1),
  instance: z.string(),
  reason: z.string().regex(/^[A-Z0-9_]+$/),
  code: z.string().regex(/^[a-z_]+$/),
  trace_id: z.string().regex(/^(?!0+$)[0-9a-f]{32}$/),
  retryable: z.boolean(),
  retry: z.enum(['never', 'now', 'after']),
  retry_after_ms: z.int().min(0).optional(),
  executed: z.enum(['no', 'maybe', 'yes']),
  violations: z.array(z.strictObject({ field: z.string(), rule: z.string(), message: z.string().min(1) })),
});

/** What is wrong with a problem document that came with this status and trace; undefined when nothing is. */
export function problemFault(
  body: string,
  expected: { readonly status: number; readonly traceId: string | undefined },
): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return `its body is no JSON: ${JSON.stringify(body.slice(0, 200))}`;
  }
  const parsed = problemSchema.safeParse(json);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const { status, trace_id: traceId, reason, type } = parsed.data;
  if (status !== expected.status) return `it says ${status}`;
  if (traceId !== expected.traceId) return `its trace is ${traceId}, the header says ${expected.traceId}`;
  if (!type.endsWith(reason)) return `its type is ${type} and its reason ${reason}`;
  if (status === 500) return `nobody foresaw it: ${JSON.stringify(parsed.data)}`;
  return undefined;
}
