import { optionError, type PlatformError } from '@mainstay/kernel';
import { english } from './english.ts';

/**
 * Sentences for people by reason (`ORDER_NOT_FOUND`) or by code (`not_found`).
 *
 * `{order_id}` stands for a metadata entry of the error; a sentence that names an entry the error lacks is not used.
 */
export type MessageTable = Readonly<Record<string, string>>;

/** Says what an error means, to the person who sees it. */
export interface MessageCatalogue {
  /** BCP 47 tags; the first is used when none of the wanted ones is among them. */
  readonly languages: readonly string[];
  /** The sentence in one of the languages, or undefined. */
  sentence(error: PlatformError, language: string): string | undefined;
}

/** Sentences in English for every error there is. */
export const englishMessages: MessageCatalogue = catalogueOf({ en: english });

/**
 * Makes a catalogue of tables by language; English comes first, with a sentence for every code.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for a key that is no BCP 47 tag.
 * @example
 * const messages = createMessageCatalogue({ de: { not_found: 'Das gibt es nicht.', ORDER_NOT_FOUND: 'Bestellung {order_id} gibt es nicht.' } });
 */
export function createMessageCatalogue(tables: Readonly<Record<string, MessageTable>>): MessageCatalogue {
  for (const tag of Object.keys(tables)) {
    if (!/^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$/.test(tag)) throw optionError('messages', 'tables by language tag', tag);
  }
  const { en, ...others } = tables;
  return catalogueOf({ en: { ...english, ...en }, ...others });
}

function catalogueOf(tables: Readonly<Record<string, MessageTable>>): MessageCatalogue {
  return {
    languages: Object.keys(tables),
    sentence(error, language) {
      const table = tables[language];
      if (table === undefined) return undefined;
      return filled(own(table, error.reason), error) ?? filled(own(table, error.code), error);
    },
  };
}

function own(table: MessageTable, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function filled(template: string | undefined, { metadata }: PlatformError): string | undefined {
  let isComplete = true;
  const text = template?.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (!Object.hasOwn(metadata, name)) isComplete = false;
    return metadata[name] ?? '';
  });
  return isComplete ? text : undefined;
}
