import type { Message } from '@bufbuild/protobuf';
import type { FastifyReply } from 'fastify';
import type { Route } from '../routes/compile-routes.ts';
import { encodeResponse } from '../transcode/encode-response.ts';
import { mediaTypeOf, rawBodyOf } from '../transcode/http-body.ts';

/** Sends the answer of a service: JSON, or bytes where the contract says so. */
export function sendMessage(route: Route, message: Message, reply: FastifyReply): void {
  const location = route.location?.(message);
  if (location !== undefined) reply.header('location', location);
  if (reply.statusCode === 204 || reply.statusCode === 205) {
    void reply.send();
    return;
  }
  if (route.isRawResponse) {
    const body = rawBodyOf(message, route.responseField);
    void reply.header('content-type', mediaTypeOf(body)).send(Buffer.from(body.data));
    return;
  }
  const json = encodeResponse(route.method.output, message, route.responseField);
  void reply.header('content-type', 'application/json; charset=utf-8').send(json);
}
