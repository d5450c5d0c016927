import { create, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf';
import { type HttpBody, HttpBodySchema } from '@mainstay/contracts/google/api/httpbody';

/** Tells whether a message is bytes with a media type of their own, which are sent as they are and not as JSON. */
export function isHttpBody(message: DescMessage | undefined): boolean {
  return message?.typeName === HttpBodySchema.typeName;
}

/** Puts the bytes of a request into the field of its message that takes them, or makes them the message. */
export function withRawBody(
  message: Message,
  field: DescField | undefined,
  { contentType, data }: { readonly contentType: string; readonly data: Uint8Array },
): Message {
  const body = create(HttpBodySchema, { contentType, data });
  if (field === undefined) return Object.assign(message, { contentType, data });
  return Object.assign(message, { [field.localName]: body });
}

/** The bytes of an answer: the message itself or one field of it; empty when the field is not set. */
export function rawBodyOf(message: Message, field: DescField | undefined): HttpBody {
  const body =
    field === undefined ? message : (message as unknown as Record<string, Message | undefined>)[field.localName];
  return (body as HttpBody | undefined) ?? create(HttpBodySchema);
}

const mediaType = /^[\w.+-]+\/[\w.+-]+(?:\s*;[\x20-\x7e]*)?$/;

/** The media type of an answer's bytes; one that could not stand in a header, or none, reads as plain bytes. */
export function mediaTypeOf({ contentType }: HttpBody): string {
  return mediaType.test(contentType) && contentType.length <= 255 ? contentType : 'application/octet-stream';
}
