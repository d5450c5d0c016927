import type { PlatformError } from '@mainstay/kernel';

/** What an error says to a person. */
export interface LocalizedMessage {
  /** BCP 47 tag. */
  readonly language: string;
  readonly message: string;
}

/** What goes along with an error without being part of it. */
export interface ErrorExtras {
  readonly localized?: LocalizedMessage;
  /** Headers to send with it. */
  readonly header?: Headers;
  /** Headers it came with from a peer; never sent on. */
  readonly received?: Headers;
}

const extras = new WeakMap<PlatformError, ErrorExtras>();
const none: ErrorExtras = {};

/** What goes along with an error. */
export function extrasOf(error: PlatformError): ErrorExtras {
  return extras.get(error) ?? none;
}

/** Lets something go along with an error; an error that is shared between calls must not be given here. */
export function addExtras(error: PlatformError, more: ErrorExtras): void {
  extras.set(error, { ...extrasOf(error), ...more });
}

/** Headers that an error came with, or is to be sent with: of the answer and its end. */
export function errorHeaders(error: PlatformError): Headers {
  const { received, header } = extrasOf(error);
  return received ?? header ?? new Headers();
}

/** Lets headers go along with an error that a handler throws; one that is shared between calls must not be given here. */
export function sendWithError(error: PlatformError, header: Headers): void {
  addExtras(error, { header });
}
