import type { Message } from '@bufbuild/protobuf';
import { type CompressionSettings, chooseEncoding, compress } from '../exchange/compress.ts';
import type { Service } from '../exchange/request-parts.ts';
import { encodeAnswer } from '../masking/encode-answer.ts';
import { findHidden } from '../masking/find-hidden.ts';
import type { Route } from '../routes/compile-routes.ts';
import { entityTag, isUnchanged, versionOf } from '../routes/conditional.ts';
import { mediaTypeOf, rawBodyOf } from '../transcode/http-body.ts';

/**
 * Sends the answer of a service: JSON, or bytes where the contract says so.
 *
 * Reads have an entity tag, so a client that has the answer already gets 304; tags of compressed answers are weak, because
 * their bytes are others.
 *
 * @returns a promise only for what is compressed, off the main thread.
 */
export function sendMessage(service: Service, message: Message): Promise<void> | undefined {
  const { admitted, reply } = service;
  const { route } = admitted;
  const location = route.location?.(message);
  if (location !== undefined) reply.header('location', location);
  if (reply.status === 204 || reply.status === 205) {
    reply.send();
    return undefined;
  }
  if (route.isRawResponse) {
    const body = rawBodyOf(message, route.responseField);
    reply.header('content-type', mediaTypeOf(body)).send(body.data);
    return undefined;
  }
  const hidden = findHidden(admitted, message);
  const json = encodeAnswer(admitted, message, hidden);
  const encoding = encodingFor(service, json);
  if (route.isTagged && reply.status === 200) {
    // The version is the same for all; what callers see of it is not, and what was masked must not be written back.
    const tag = entityTag(json, hidden.length === 0 ? answeredVersion(route, message) : undefined);
    if (isKnownToClient(service, tag, encoding)) {
      reply.code(304).send();
      return undefined;
    }
  }
  reply.header('content-type', 'application/json; charset=utf-8');
  if (encoding !== undefined) return sendCompressed(service, json, encoding);
  reply.send(json);
  return undefined;
}

type Encoding = NonNullable<ReturnType<typeof chooseEncoding>>;

async function sendCompressed({ reply }: Service, json: string, encoding: Encoding): Promise<void> {
  reply.header('content-encoding', encoding).send(await compress(encoding, Buffer.from(json)));
}

/** Sets what caches go by, and tells whether the client has the answer already. */
function isKnownToClient({ admitted, request, reply }: Service, tag: string, encoding: Encoding | undefined): boolean {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
  const unchanged = isUnchanged(tag, { ifMatch: ifMatch, ifNoneMatch: ifNoneMatch });
  reply.header('etag', encoding === undefined ? tag : `W/${tag}`);
  // May be kept by the one who asked, and is asked for each time.
  if (admitted.route.policy.access === 'public') reply.header('cache-control', 'private, no-cache');
  return unchanged;
}

function encodingFor({ admitted, answers, request, reply }: Service, json: string): Encoding | undefined {
  if (!mayCompress(admitted, answers)) return undefined;
  const vary = reply.getHeader('vary');
  reply.header('vary', vary === undefined ? 'Accept-Encoding' : `${vary}, Accept-Encoding`);
  return json.length < answers.fromBytes ? undefined : chooseEncoding(request.headers['accept-encoding']);
}

/** An answer with a secret in it, beside something that the asker chose, tells of the secret by its length when it is compressed. */
function mayCompress({ route, identity }: Service['admitted'], { compress: mode }: CompressionSettings): boolean {
  if (mode !== 'public') return mode === 'all';
  return route.policy.access === 'public' && identity.kind === 'anonymous';
}

function answeredVersion({ answerVersion: { inside, field } }: Route, message: Message): unknown {
  if (field === undefined || inside === undefined) return versionOf(message, field);
  return versionOf((message as unknown as Readonly<Record<string, Message | undefined>>)[inside.localName], field);
}
