import {
  create,
  type DescField,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
  ScalarType,
} from '@bufbuild/protobuf';
import { isCovered } from '../binary/coverage.ts';
import { canGenerate, generate } from '../generated-code.ts';
import { MessageNumbers } from '../message-numbers.ts';
import { makeFunction, makePrelude } from './make-source.ts';

/** Makes a message of initial values; a message of that kind is given back as it is. */
export type MessageMaker<Desc extends DescMessage = DescMessage> = (
  init: MessageInitShape<Desc> | undefined,
) => MessageShape<Desc>;

const known = new WeakMap<DescMessage, MessageMaker>();

/**
 * Gives the function that makes messages of one kind, as `create` of `@bufbuild/protobuf` does.
 *
 * Left to `create` are messages that {@link binaryCodec} leaves to it, and those that contain a map of messages or bytes.
 *
 * Cost: about a millisecond and some KiB for each message at its first use.
 */
export function messageMaker<Desc extends DescMessage>(desc: Desc): MessageMaker<Desc> {
  let maker = known.get(desc);
  if (maker === undefined) {
    maker = canGenerate && isCovered(desc) && !hasConvertedMap(desc) ? generatedMaker(desc) : referenceMaker(desc);
    known.set(desc, maker);
  }
  return maker as MessageMaker<Desc>;
}

function generatedMaker(desc: DescMessage): MessageMaker {
  const { typeName } = desc;
  let make: MessageMaker | undefined;
  return (init) => {
    if ((init as { $typeName?: unknown } | undefined | null)?.$typeName === typeName)
      return init as MessageShape<typeof desc>;
    make ??= generate<MessageMaker>(makeSource(desc));
    return make(init);
  };
}

function referenceMaker(desc: DescMessage): MessageMaker {
  return (init) => create(desc, init);
}

function makeSource(root: DescMessage): string {
  const numbers = new MessageNumbers(root);
  const functions: string[] = [];
  for (const desc of numbers.all()) functions.push(makeFunction(desc, numbers));
  return [makePrelude, ...functions, 'return make0;'].join('\n');
}

/** Whether a message, or one in it, has a map whose values have to be made one by one. */
function hasConvertedMap(desc: DescMessage, seen: Set<DescMessage> = new Set()): boolean {
  if (seen.has(desc)) return false;
  seen.add(desc);
  return desc.fields.some(
    (field) => isConvertedMap(field) || (field.message !== undefined && hasConvertedMap(field.message, seen)),
  );
}

function isConvertedMap(field: DescField): boolean {
  return field.fieldKind === 'map' && (field.message !== undefined || field.scalar === ScalarType.BYTES);
}
