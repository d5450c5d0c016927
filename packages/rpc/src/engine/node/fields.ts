import { type IncomingHttpHeaders, type OutgoingHttpHeaders, sensitiveHeaders } from 'node:http2';
import { isApplicationField, isSecret } from '../grpc/application-fields.ts';
import type { Encoding } from '../grpc/compression.ts';
import { Metadata } from '../metadata.ts';

/** Names and values in turn of a head: fixed fields and what an application sends along, secrets marked as such. */
export function headFields(head: readonly string[], metadata: Metadata | undefined): string[] {
  const fields = [...head];
  if (metadata === undefined) return fields;
  const flat = metadata.flat();
  let secrets: string[] | undefined;
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i]!;
    const value = flat[i + 1]!;
    if (!isApplicationField(name, value)) continue;
    fields.push(name, value);
    if (isSecret(name)) (secrets ??= []).push(name);
  }
  if (secrets !== undefined) (fields as unknown as Record<symbol, string[]>)[sensitiveHeaders] = secrets;
  return fields;
}

/** Name and value in turn. */
export type SentField = readonly [name: string, value: string];

/** What an application sends beside its messages. */
export function sentFields(metadata: Metadata): SentField[] {
  const fields: SentField[] = [];
  const flat = metadata.flat();
  for (let i = 0; i < flat.length; i += 2) {
    if (isApplicationField(flat[i]!, flat[i + 1]!)) fields.push([flat[i]!, flat[i + 1]!]);
  }
  return fields;
}

/** Trailers as `node:http2` takes them: a status, and what an application sends along. */
export function trailerFields(status: readonly SentField[], metadata: Metadata | undefined): OutgoingHttpHeaders {
  const all = metadata === undefined ? status : [...status, ...sentFields(metadata)];
  const trailers: Record<string, string | string[]> = {};
  for (const [name, value] of all) {
    const before = trailers[name];
    if (before === undefined) trailers[name] = value;
    else trailers[name] = typeof before === 'string' ? [before, value] : [...before, value];
  }
  return trailers;
}

const answerHead = [':status', '200', 'content-type', 'application/grpc+proto'] as const;

/** The fields that all answers begin with, by how their messages are packed. */
export const answerHeads: Readonly<Record<Encoding, readonly string[]>> = {
  identity: answerHead,
  gzip: [...answerHead, 'grpc-encoding', 'gzip'],
};

/** How an answer is sent that is only a head. */
export const headOnly = { endStream: true, sendDate: false } as const;

/** What arrived beside the messages: everything but pseudo-fields, which come first. */
export function receivedFields(fields: string[]): Metadata {
  let first = 0;
  while (fields[first]?.charCodeAt(0) === colon) first += 2;
  return new Metadata(first === 0 ? fields : fields.slice(first));
}

const colon = 58;

const answerType = /^application\/grpc($|[+; ])/i;
const requestType = /^application\/grpc(\+proto)?($|[ ;])/i;

/** Whether a content type is one of gRPC's. */
export function isGrpcAnswer({ 'content-type': type = '' }: IncomingHttpHeaders): boolean {
  return type === 'application/grpc+proto' || answerType.test(type);
}

/** Whether a content type is gRPC's with messages in protobuf. */
export function isGrpcRequest({ 'content-type': type = '' }: IncomingHttpHeaders): boolean {
  return type === 'application/grpc+proto' || requestType.test(type);
}
