import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { newTrace } from '@mainstay/kernel/context';
import { fromConnectionError } from './framework-errors.ts';
import { renderProblem } from './problem.ts';

/**
 * Answers bytes that never became a request with a problem document, and closes the connection.
 *
 * @param error - as Node's `clientError` event gives it.
 * @returns the status sent; undefined when nobody is left to read it.
 */
export function answerBrokenConnection(error: { readonly code?: string }, socket: Socket): number | undefined {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return undefined;
  }
  const trace = newTrace();
  const { status, headers, problem } = renderProblem(fromConnectionError(error.code), {
    instance: '',
    traceId: trace.traceId,
  });
  const body = JSON.stringify(problem);
  const lines = Object.entries({
    ...headers,
    'x-trace-id': trace.traceId,
    'x-content-type-options': 'nosniff',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines.join('')}\r\n${body}`);
  return status;
}
