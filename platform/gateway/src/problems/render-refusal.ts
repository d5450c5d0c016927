import type { HttpFault, Refusal } from '@mainstay/http1';
import { PlatformError, type Reason } from '@mainstay/kernel';
import { newTrace } from '@mainstay/kernel/context';
import { gatewayReasons } from '../errors.ts';
import { renderProblem } from './problem.ts';

const reasons: Readonly<Record<HttpFault, Reason>> = {
  malformed: gatewayReasons.HTTP_MALFORMED,
  head_too_large: gatewayReasons.HEADERS_TOO_LARGE,
  too_slow: gatewayReasons.REQUEST_TOO_SLOW,
};

/** Renders what is answered to bytes that never became a request: a problem document with a trace of its own. */
export function renderRefusal(fault: HttpFault, detail: string): Refusal {
  const { traceId } = newTrace();
  const error = new PlatformError(reasons[fault], detail);
  const { status, headers, problem } = renderProblem(error, { instance: '', traceId });
  const fields = [...Object.entries(headers).flat(), 'x-trace-id', traceId, 'x-content-type-options', 'nosniff'];
  return { head: { status, fields }, body: JSON.stringify(problem) };
}
