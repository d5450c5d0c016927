import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { newTrace } from '@mainstay/kernel/context';
import { fromConnectionError } from './connection-errors.ts';
import { renderProblem } from './problem.ts';

/**
 * Answers bytes that never became a request with a problem document, and closes the connection.
 *
 * While an earlier request on the connection is being answered nothing may be written between: that answer is finished
 * first, and one whose headers have left is cut off.
 *
 * @param error - as Node's `clientError` event gives it.
 * @param running - the answer in progress on this connection, if any.
 * @returns the status sent; undefined when nothing was sent.
 */
export function answerBrokenConnection(
  error: { readonly code?: string | undefined },
  socket: Duplex,
  running: ServerResponse | undefined,
): number | undefined {
  const isAnswering = running !== undefined && !running.writableFinished;
  // Without a socket it waits behind others, and its headers have not left whatever it says.
  if (isAnswering && running.req.complete && (!running.headersSent || running.socket === null)) {
    running.once('close', () => socket.destroy());
    return undefined;
  }
  if (error.code === 'ECONNRESET' || !socket.writable || (isAnswering && running.headersSent)) {
    socket.destroy();
    return undefined;
  }
  const { status, text } = renderAnswer(error.code);
  socket.end(text);
  return status;
}

function renderAnswer(code: string | undefined): { readonly status: number; readonly text: string } {
  const { traceId } = newTrace();
  const { status, headers, problem } = renderProblem(fromConnectionError(code), { instance: '', traceId });
  const body = JSON.stringify(problem);
  const lines = Object.entries({
    ...headers,
    'x-trace-id': traceId,
    'x-content-type-options': 'nosniff',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return { status, text: `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines.join('')}\r\n${body}` };
}
