import type { DescField, Message } from '@bufbuild/protobuf';
import { encodeAnswer } from '../masking/encode-answer.ts';
import { findHidden } from '../masking/find-hidden.ts';
import type { Route } from '../routes/compile-routes.ts';
import { mediaTypeOf, rawBodyOf } from '../transcode/http-body.ts';
import { type CompressionSettings, chooseEncoding, compress } from './compress.ts';
import { entityTag, isUnchanged, versionField, versionOf } from './conditional.ts';
import { headerOf } from './exchange.ts';
import type { Service } from './request-parts.ts';

/**
 * Sends the answer of a service: JSON, or bytes where the contract says so.
 *
 * Reads have an entity tag, so a client that has the answer already gets 304; tags of compressed answers are weak, because
 * their bytes are others.
 */
export async function sendMessage(service: Service, message: Message): Promise<void> {
  const { admitted, request, reply } = service;
  const { route } = admitted;
  const location = route.location?.(message);
  if (location !== undefined) reply.header('location', location);
  if (reply.statusCode === 204 || reply.statusCode === 205) {
    reply.send();
    return;
  }
  if (route.isRawResponse) {
    const body = rawBodyOf(message, route.responseField);
    reply.header('content-type', mediaTypeOf(body)).send(Buffer.from(body.data));
    return;
  }
  const hidden = findHidden(admitted, message);
  const json = encodeAnswer(admitted, message, hidden);
  const encoding = encodingFor(service, json);
  if (route.httpMethod === 'GET' && route.policy.idempotency === 'safe' && reply.statusCode === 200) {
    // The version is the same for all; what callers see of it is not, and what was masked must not be written back.
    const tag = entityTag(json, hidden.length === 0 ? answeredVersion(route, message) : undefined);
    const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
    const unchanged = isUnchanged(tag, { ifMatch: headerOf(ifMatch), ifNoneMatch: headerOf(ifNoneMatch) });
    reply.header('etag', encoding === undefined ? tag : `W/${tag}`);
    // May be kept by the one who asked, and is asked for each time.
    if (route.policy.access === 'public') reply.header('cache-control', 'private, no-cache');
    if (unchanged) {
      reply.code(304).send();
      return;
    }
  }
  reply.header('content-type', 'application/json; charset=utf-8');
  if (encoding === undefined) reply.send(json);
  else reply.header('content-encoding', encoding).send(await compress(encoding, Buffer.from(json)));
}

function encodingFor({ admitted, answers, request, reply }: Service, json: string): ReturnType<typeof chooseEncoding> {
  if (!mayCompress(admitted, answers)) return undefined;
  reply.header(
    'vary',
    reply.hasHeader('vary') ? `${String(reply.getHeader('vary'))}, Accept-Encoding` : 'Accept-Encoding',
  );
  return json.length < answers.fromBytes ? undefined : chooseEncoding(headerOf(request.headers['accept-encoding']));
}

/** An answer with a secret in it, beside something that the asker chose, tells of the secret by its length when it is compressed. */
function mayCompress({ route, identity }: Service['admitted'], { compress: mode }: CompressionSettings): boolean {
  if (mode !== 'public') return mode === 'all';
  return route.policy.access === 'public' && identity.kind === 'anonymous';
}

function answeredVersion({ method, responseField }: Route, message: Message): unknown {
  const inner = responseField as DescField | undefined;
  if (inner === undefined) return versionOf(message, versionField(method.output));
  const answer = (message as unknown as Readonly<Record<string, Message | undefined>>)[inner.localName];
  return versionOf(answer, versionField(inner.message));
}
