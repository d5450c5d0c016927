import { toPlatformError } from '@mainstay/kernel';
import { anonymousIdentity, type Identity } from '@mainstay/kernel/context';
import type { HeaderMapper } from '@mainstay/rpc';

type Values = Readonly<Record<string, string | undefined>>;

/** What becomes of the headers of one request and of its answer. */
export interface HeaderOutcome {
  /** Why it is refused. */
  readonly reason: string | undefined;
  readonly metadata: Values;
  readonly answer: Values;
}

/** Requests as they were recorded, with a token that is good where they run. */
export const corpus = (token: string): readonly Readonly<Record<string, string>>[] => [
  {},
  { authorization: `Bearer ${token}`, 'x-request-id': 'r-1', 'user-agent': 'curl/8.5.0' },
  { 'x-user-role': 'root', 'x-batch': 'night' },
  { 'x-batch': '7' },
  { 'x-request-id': 'x'.repeat(65) },
  { 'user-agent': 'é' },
];

/** What the services of the lab say in metadata. */
const said: Values = { 'processing-time': '150', 'server-version': 'v1.2.0' };

/** Each id that was made for a request is like each other. */
export function withoutIds<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'generated')) as T;
}

/** What a mapper does to a request of the corpus and to the answer of the lab's services. */
export function outcomeOf(
  mapper: HeaderMapper,
  headers: Values,
  identity: Identity = anonymousIdentity,
): HeaderOutcome {
  const mapped = mapper.begin({ path: '/v1/products', read: (name) => headers[name] });
  const answer = (read: (key: string) => string | undefined): Values =>
    Object.fromEntries(mapped.answer(read).map(({ name, value }) => [name, value]));
  try {
    const metadata = mapped.metadata(identity);
    return withoutIds({ reason: undefined, metadata, answer: answer((key) => said[key]) });
  } catch (error) {
    return withoutIds({ reason: toPlatformError(error).reason, metadata: {}, answer: answer(() => undefined) });
  }
}
