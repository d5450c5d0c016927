import type { DescService } from '@bufbuild/protobuf';
import { type Client, createClient, type Transport, type UnaryResponse } from '@connectrpc/connect';
import { UnaryAnswer } from './unary-answer.ts';

const transports = new WeakMap<object, Transport>();

/**
 * Makes a Connect client of which {@link transportOf} tells what carries its calls.
 *
 * For callers that know methods by their descriptors only and call so often that what a client does for each call shows.
 */
export function createServiceClient<S extends DescService>(service: S, transport: Transport): Client<S> {
  const client = createClient(service, transport);
  transports.set(client, transport);
  return client;
}

/** What carries the calls of a client; undefined for one that {@link createServiceClient} did not make. */
export function transportOf(client: object): Transport | undefined {
  return transports.get(client);
}

/** Header fields of an answer by their names in lower case. */
export interface AnswerFields {
  /** Several of one name are joined by commas; null or undefined for none. */
  get(name: string): string | null | undefined;
}

/** The header fields of an answer, without making `Headers` of those that are not asked for. */
export function answerFields(answer: UnaryResponse): AnswerFields {
  return answer instanceof UnaryAnswer ? answer.fields : answer.header;
}
