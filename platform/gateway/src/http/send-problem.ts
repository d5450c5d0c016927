import type { Logger, PlatformError } from '@mainstay/kernel';
import { errorIdOf, type ProblemSettings, type RenderedProblem, renderProblem } from '../problems/problem.ts';
import { announcesBody } from './body.ts';
import { inTrace } from './exchange.ts';
import type { GatewayRequest } from './gateway-request.ts';
import type { Reply } from './reply.ts';

/** Bodies up to this size are read and dropped after a refusal, so that the connection can be used again. */
const maxDroppedBytes = 65_536;

/**
 * Answers with a problem document; logs what the client is not shown.
 *
 * When a large body is still on its way the connection is closed after the answer, so that nobody can make the gateway
 * read what it has refused.
 */
export function sendProblem(
  error: PlatformError,
  { request, reply }: { readonly request: GatewayRequest; readonly reply: Reply },
  tools: ProblemTools,
): void {
  const { status, headers, problem } = describeProblem(error, request, tools);
  if (announcesBody(request) && !request.raw.complete && !isSmall(request)) reply.header('connection', 'close');
  reply.code(status).headers(headers).send(JSON.stringify(problem));
}

/** What problems are written with. */
export interface ProblemTools {
  readonly logger: Logger;
  readonly problems: ProblemSettings;
}

/** Renders an error as the answer of a request, or the end of one; logs what the client is not shown. */
export function describeProblem(
  error: PlatformError,
  request: GatewayRequest,
  { logger, problems }: ProblemTools,
): RenderedProblem {
  const { exchange } = request;
  const context = {
    instance: exchange?.target.path ?? '',
    traceId: exchange?.trace.traceId ?? '',
    acceptLanguage: request.headers['accept-language'],
  };
  const rendered = renderProblem(error, context, problems);
  if (exchange !== null) exchange.problemReason = error.reason;
  if (exchange !== null && rendered.problem['error_id'] !== undefined) {
    const fields = { error_id: errorIdOf(error), route: exchange.routeTemplate ?? 'none', error };
    inTrace(exchange, () => logger.error('request failed unforeseen', fields));
  }
  return rendered;
}

function isSmall({ headers }: GatewayRequest): boolean {
  const length = headers['content-length'];
  return length !== undefined && Number(length) <= maxDroppedBytes;
}
