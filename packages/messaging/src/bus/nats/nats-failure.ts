import { PlatformError, toPlatformError } from '@mainstay/kernel';
import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { messagingReasons } from '../../errors.ts';

/** Says that a NATS did not do something; whether it stored what it was sent is not known. */
export function busUnavailable(what: string, cause?: unknown): PlatformError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  const options = cause === undefined ? {} : { cause: toPlatformError(cause) };
  return new PlatformError(messagingReasons.BUS_UNAVAILABLE, `NATS ${what}${why}`, options);
}

/** Whether a server refused a message because the stream stands elsewhere: somebody else has published. */
export function isWrongSequence(error: unknown): boolean {
  return hasCode(error, JetStreamApiCodes.StreamWrongLastSequence);
}

/** Whether a stream is not there: its source told nothing yet. */
export function isStreamMissing(error: unknown): boolean {
  return hasCode(error, JetStreamApiCodes.StreamNotFound);
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
