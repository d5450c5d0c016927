import { ConnectError } from '@connectrpc/connect';
import { LocalizedMessageSchema } from '@mainstay/contracts/google/rpc/error_details';
import { ErrorDetailSchema } from '@mainstay/contracts/mainstay/common/v1/error';
import { codeFromNumber, isPlatformError, type PlatformError, toPlatformError } from '@mainstay/kernel';
import { fromErrorDetail } from './error-detail.ts';
import { addExtras } from './error-extras.ts';
import { fromStandardDetails } from './standard-details.ts';

/**
 * Turns anything that a call can throw into a {@link PlatformError}; total, never throws.
 *
 * A status of ours gives back the error that was sent. A status from elsewhere is read from its `google.rpc` details
 * as far as it has them, else from its code alone.
 */
export function fromConnectError(error: unknown): PlatformError {
  if (isPlatformError(error)) return error;
  if (!(error instanceof ConnectError)) return toPlatformError(error);
  if (isPlatformError(error.cause)) return error.cause;
  const code = codeFromNumber(error.code);
  const [detail] = error.findDetails(ErrorDetailSchema);
  const read =
    detail === undefined || detail.reason === ''
      ? fromStandardDetails(error, code)
      : fromErrorDetail(detail, { code, message: error.rawMessage, cause: error });
  addExtras(read, { received: error.metadata });
  const [localized] = error.findDetails(LocalizedMessageSchema);
  if (localized !== undefined && localized.message !== '')
    addExtras(read, { localized: { language: localized.locale, message: localized.message } });
  return read;
}
