import type { Logger, PlatformError } from '@mainstay/kernel';
import { inTrace } from '../exchange/exchange.ts';
import type { GatewayRequest } from '../exchange/gateway-request.ts';
import type { Reply } from '../exchange/reply.ts';
import { errorIdOf, type ProblemSettings, type RenderedProblem, renderProblem } from '../problems/problem.ts';

/** Answers with a problem document; logs what the client is not shown. */
export function sendProblem(
  error: PlatformError,
  { request, reply }: { readonly request: GatewayRequest; readonly reply: Reply },
  tools: ProblemTools,
): void {
  const { status, headers, problem } = describeProblem(error, request, tools);
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
