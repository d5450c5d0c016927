import { type DescField, type DescMessage, getOption } from '@bufbuild/protobuf';
import { Sensitivity, sensitivity } from '@mainstay/contracts/mainstay/options/v1/options';

/** How much harm a field's value does in the wrong hands. */
export type FieldSensitivity = 'public' | 'low' | 'medium' | 'high';

const names: Readonly<Record<number, FieldSensitivity>> = {
  [Sensitivity.LOW]: 'low',
  [Sensitivity.MEDIUM]: 'medium',
  [Sensitivity.HIGH]: 'high',
};

/** Reads how sensitive a field is from its contract; `public` when it says nothing. */
export function fieldSensitivity(field: DescField): FieldSensitivity {
  return sensitivityName(getOption(field, sensitivity));
}

/** The name of a level; `public` when the contract states none. */
export function sensitivityName(level: Sensitivity): FieldSensitivity {
  return names[level] ?? 'public';
}

/** Tells whether a field's value must never appear in an error, log or trace. */
export function isSecretField(field: DescField): boolean {
  const level = fieldSensitivity(field);
  return level === 'medium' || level === 'high';
}

const cache = new WeakMap<DescMessage, boolean>();

/** Tells whether a message holds a secret field at any depth. */
export function holdsSecrets(message: DescMessage): boolean {
  let found = cache.get(message);
  if (found === undefined) {
    found = findsSecret(message, new Set());
    // Only of the message that was asked for: inside of a circle the search ends before it has seen all.
    cache.set(message, found);
  }
  return found;
}

function findsSecret(message: DescMessage, visited: Set<DescMessage>): boolean {
  if (visited.has(message)) return false;
  visited.add(message);
  return message.fields.some(
    (field) => isSecretField(field) || (field.message !== undefined && findsSecret(field.message, visited)),
  );
}
