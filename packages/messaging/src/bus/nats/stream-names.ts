import { optionError } from '@mainstay/kernel';

/** Where the events of one source are on a NATS. */
export interface StreamNames {
  readonly stream: string;
  /** Subject of an event; the type stands in it, so that others may subscribe to one type. */
  subjectOf(type: string): string;
  /** All of these subjects. */
  readonly subjects: string;
}

const word = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * Names the stream of a source and its subjects.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for a prefix or source that is no word.
 */
export function streamNames(prefix: string, source: string): StreamNames {
  for (const name of [prefix, source]) {
    if (!word.test(name)) throw optionError('bus.source', 'a word of small letters, digits and dashes', name);
  }
  const root = `${prefix}.events.${source}`;
  return { stream: `${prefix}-events-${source}`, subjectOf: (type) => `${root}.${type}`, subjects: `${root}.>` };
}
