import { type DescField, type DescMessage, getOption, hasOption, type Message, ScalarType } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { event } from '@mainstay/contracts/mainstay/options/v1/options';
import { optionError } from '@mainstay/kernel';

/** What the contract of an event says. */
export interface EventContract {
  readonly schema: DescMessage;
  /** Reads what an event is about. */
  readonly subjectOf: (message: Message) => string;
}

/**
 * Reads the contract of an event.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for a message that is not declared as an event, or whose
 * subject is no string field of it.
 */
export function eventContract(schema: DescMessage): EventContract {
  if (!hasOption(schema, event)) throw optionError('events', 'messages with the option event', schema.typeName);
  const { subject } = getOption(schema, event);
  const field = schema.fields.find(({ name }) => name === subject);
  if (!isString(field)) throw optionError(`${schema.typeName}.event.subject`, 'the name of a string field', subject);
  return { schema, subjectOf: (message) => reflect(schema, message).get(field) as string };
}

function isString(field: DescField | undefined): field is DescField & { readonly fieldKind: 'scalar' } {
  return field?.fieldKind === 'scalar' && field.scalar === ScalarType.STRING;
}
