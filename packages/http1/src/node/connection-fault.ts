import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HttpServerEvents, Refusal } from '../http-server.ts';

/**
 * Answers bytes that never became a request, and closes the connection.
 *
 * While an earlier request on the connection is being answered nothing may be written between: that answer is finished
 * first, and one whose headers have left is cut off.
 *
 * @param code - of the error of Node's `clientError` event.
 * @param running - the answer in progress on this connection, if any.
 */
export function answerBrokenConnection(
  code: string | undefined,
  { socket, running }: { readonly socket: Duplex; readonly running: ServerResponse | undefined },
  events: Pick<HttpServerEvents, 'onFault'>,
): void {
  const isAnswering = running !== undefined && !running.writableFinished;
  // Without a socket it waits behind others, and its headers have not left whatever it says.
  if (isAnswering && running.req.complete && (!running.headersSent || running.socket === null)) {
    running.once('close', () => socket.destroy());
    return;
  }
  if (code === 'ECONNRESET' || !socket.writable || (isAnswering && running.headersSent)) {
    socket.destroy();
    return;
  }
  socket.end(textOf(refusalOf(code, events)));
}

function refusalOf(code: string | undefined, events: Pick<HttpServerEvents, 'onFault'>): Refusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return events.onFault('head_too_large', 'the request line and headers are too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return events.onFault('too_slow', 'the request did not arrive in the time allowed');
    default:
      return events.onFault('malformed', 'the bytes sent are not a valid HTTP request');
  }
}

function textOf({ head: { status, fields }, body }: Refusal): string {
  const all = [...fields, 'content-length', String(Buffer.byteLength(body)), 'connection', 'close'];
  let lines = '';
  for (let at = 0; at < all.length; at += 2) lines += `${all[at]}: ${all[at + 1]}\r\n`;
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines}\r\n${body}`;
}
