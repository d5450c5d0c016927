import { type DescMessage, getOption, hasOption, type Message } from '@bufbuild/protobuf';
import { type Path, pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator, type Violation } from '@bufbuild/protovalidate';
import {
  field as fieldRules,
  message as messageRules,
  oneof as oneofRules,
} from '@mainstay/contracts/buf/validate/validate';
import { type FieldViolation, kernelReasons, PlatformError } from '@mainstay/kernel';
import { holdsSecrets, isSecretField } from '../contract/field-sensitivity.ts';
import { createViolations, type RequestRule } from '../validation/violations.ts';

// Compiles the rules of a message at its first use and keeps them.
const validator = createValidator();

/**
 * Checks a request against the rules of its contract, and against a rule beside the contract.
 *
 * @throws {@link PlatformError} `invalid_argument` / `REQUEST_INVALID` with every violation, the contract's first: path
 * with indexes, rule, sentence.
 */
export function validateMessage(schema: DescMessage, message: Message, rule?: RequestRule<never>): void {
  const found = contractViolations(schema, message);
  if (found.length === 0 && rule === undefined) return;
  const violations = createViolations();
  for (const { field, rule: broken, message: sentence } of found) violations.add(field, broken, sentence);
  (rule as RequestRule<Message> | undefined)?.(message, violations);
  violations.throwIfAny();
}

/**
 * Finds what in a message breaks the rules of its contract: path with indexes, rule, sentence; nothing when it keeps
 * them. Values and map keys of fields marked `medium` or `high` never appear. For a method that answers about each part
 * of a request on its own; what arrives as a whole request is checked before its method runs.
 *
 * @example
 * for (const { field, rule, message } of contractViolations(LineSchema, line)) violations.at('lines', i).add(field, rule, message);
 */
export function contractViolations(schema: DescMessage, message: Message): readonly FieldViolation[] {
  const result = validator.validate(schema, message);
  if (result.kind === 'error') {
    throw new PlatformError(kernelReasons.INTERNAL, `the rules of ${schema.typeName} cannot be evaluated`, {
      executed: 'no',
      cause: result.error,
    });
  }
  return (result.violations ?? []).map((violation) => toFieldViolation(schema, violation));
}

/** Checks one request; throws like {@link validateMessage}. */
export type MessageCheck = (message: Message) => void;

/** Makes the check of requests of one type; undefined when neither contract nor rule says anything about them. */
export function messageCheck(schema: DescMessage, rule: RequestRule<never> | undefined): MessageCheck | undefined {
  if (rule === undefined && !hasRules(schema, new Set())) return undefined;
  return (message) => validateMessage(schema, message, rule);
}

/** Whether a rule stands on a message, on anything in it, or on messages in it. */
function hasRules(schema: DescMessage, seen: Set<DescMessage>): boolean {
  if (seen.has(schema)) return false;
  seen.add(schema);
  if (hasOption(schema, messageRules) || schema.oneofs.some((oneof) => hasOption(oneof, oneofRules))) return true;
  return schema.fields.some(
    (field) => hasOption(field, fieldRules) || (field.message !== undefined && hasRules(field.message, seen)),
  );
}

function toFieldViolation(schema: DescMessage, violation: Violation): FieldViolation {
  const isHidden = mayEchoSecret(schema, violation);
  return {
    field: showPath(violation.field),
    rule: violation.ruleId,
    message: isHidden ? `does not meet the rule ${violation.ruleId}` : violation.message,
  };
}

/** Writes `items[2].quantity`; keys of a secret map are masked. */
function showPath(path: Path): string {
  const isSecret = path.some((part) => part.kind === 'field' && isSecretField(part));
  return pathToString(isSecret ? path.map((part) => (part.kind === 'map_sub' ? { ...part, key: '*' } : part)) : path);
}

/** Standard rules and fixed sentences show no value; a sentence computed by an expression may. */
function mayEchoSecret(schema: DescMessage, violation: Violation): boolean {
  if (!isComputed(schema, violation)) return false;
  const fields = violation.field.filter((part) => part.kind === 'field');
  const last = fields.at(-1);
  if (last === undefined) return holdsSecrets(schema);
  return fields.some(isSecretField) || (last.message !== undefined && holdsSecrets(last.message));
}

function isComputed(schema: DescMessage, violation: Violation): boolean {
  const [rule, position] = violation.rule;
  // The rules of a message as a whole come without a path to the rule.
  const isOfMessage = rule === undefined;
  const isCustom = rule?.kind === 'field' && rule.name === 'cel';
  if (!isOfMessage && !isCustom) return false;
  const last = violation.field.findLast((part) => part.kind === 'field');
  const cel = isOfMessage
    ? getOption(last?.message ?? schema, messageRules).cel
    : last === undefined
      ? []
      : getOption(last, fieldRules).cel;
  const index = position?.kind === 'list_sub' ? position.index : cel.findIndex(({ id }) => id === violation.ruleId);
  return (cel[index]?.message ?? '') === '';
}
