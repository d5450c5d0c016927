import type { PlatformError } from '@mainstay/kernel';
import { addExtras, extrasOf, type LocalizedMessage } from '../wire/error-extras.ts';
import { reviseError } from '../wire/revise-error.ts';
import { chooseLanguage } from './language.ts';
import type { MessageCatalogue } from './message-catalogue.ts';

/** What an error says to a person; undefined when nobody asked for a language, or the service has no such sentence. */
export function localizedMessageOf(error: PlatformError): LocalizedMessage | undefined {
  return extrasOf(error).localized;
}

/**
 * Says an error in the language that is wanted most, as far as the catalogue has it.
 *
 * A sentence that came with the error, from the service that raised it, is kept when it is in that language.
 */
export function localize(
  error: PlatformError,
  acceptLanguage: string,
  catalogue: MessageCatalogue,
): LocalizedMessage | undefined {
  const known = localizedMessageOf(error);
  const available = known === undefined ? catalogue.languages : [...catalogue.languages, known.language];
  const language = chooseLanguage(acceptLanguage, available);
  if (known?.language === language) return known;
  const message = catalogue.sentence(error, language);
  if (message !== undefined) return { language, message };
  const [fallback = language] = catalogue.languages;
  const plain = catalogue.sentence(error, fallback);
  return plain === undefined ? known : { language: fallback, message: plain };
}

/** The same error with its sentence, for a call that asks for a language; else the error itself. */
export function withLocalizedMessage(
  error: PlatformError,
  acceptLanguage: string | undefined,
  catalogue: MessageCatalogue,
): PlatformError {
  if (acceptLanguage === undefined || acceptLanguage === '') return error;
  const message = localize(error, acceptLanguage, catalogue);
  if (message === undefined) return error;
  const copy = reviseError(error, error.rawMessage, error.cause === undefined ? {} : { cause: error.cause });
  addExtras(copy, { localized: message });
  return copy;
}
