import { constants, type ServerHttp2Stream } from 'node:http2';
import { PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import { errorStatus } from '../grpc/status.ts';
import { answerHeads, headOnly, isGrpcRequest, receivedFields } from './fields.ts';
import { ServerCall } from './server-call.ts';
import type { RequestHead, ServerSession } from './server-session.ts';

/** Begins a call that has arrived, or refuses what is none. */
export function acceptCall(session: ServerSession, stream: ServerHttp2Stream, { head, fields }: RequestHead): void {
  stream.on('error', ignore);
  const path = head[':path'] ?? '';
  const wire = session.served.routes.get(path);
  if (wire === undefined) {
    refuseUnknown(session, stream, path);
  } else if (head[':method'] !== 'POST') {
    refuseHttp(stream, '405');
  } else if (!isGrpcRequest(head)) {
    refuseHttp(stream, '415');
  } else if (session.enter(stream)) {
    new ServerCall(session, stream, { wire, header: receivedFields(fields) }).begin();
  } else {
    stream.close(constants.NGHTTP2_REFUSED_STREAM);
  }
}

function refuseUnknown(session: ServerSession, stream: ServerHttp2Stream, path: string): void {
  const error = new PlatformError(rpcReasons.METHOD_UNKNOWN, `${path.slice(1, 200)} is not served here`);
  const status = errorStatus(error, session.maxSentHeaderBytes);
  refuse(stream, [...answerHeads.identity, ...status.flat()]);
}

function refuseHttp(stream: ServerHttp2Stream, status: string): void {
  refuse(stream, [':status', status]);
}

/** `node:http2` asks the caller to stop sending, because nothing of the request was read. */
function refuse(stream: ServerHttp2Stream, fields: string[]): void {
  stream.respond(fields, headOnly);
}

const ignore = (): void => undefined;
