import { type DescField, type DescMessage, getOption, ScalarType } from '@bufbuild/protobuf';
import { owner } from '@mainstay/contracts/mainstay/options/v1/options';

/**
 * Finds the field with the id of the user whom a message is about.
 *
 * @returns undefined when the contract names none, or one that is no string field.
 */
export function ownerField(message: DescMessage): DescField | undefined {
  const name = getOption(message, owner);
  const field = name === '' ? undefined : message.fields.find((candidate) => candidate.name === name);
  return field?.fieldKind === 'scalar' && field.scalar === ScalarType.STRING ? field : undefined;
}
