import { type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import { quoted } from '../generated-code.ts';
import { MessageNumbers } from '../message-numbers.ts';
import type { ByteWriter } from './byte-writer.ts';
import { isLongAsText, scalarMethods, tagOf } from './scalar-methods.ts';
import { isUnwrapped } from './unwrapped.ts';

/** Writes a message that fits its descriptor. */
export type WriteMessage = (writer: ByteWriter, message: Message) => void;

/** What is needed while the functions of one root message are written. */
interface Source {
  readonly numbers: MessageNumbers;
  /** Variables that remember how many bytes the length of a field took last. */
  readonly sizes: string[];
}

/** Source text of a {@link WriteMessage} for a covered message. */
export function writeSource(root: DescMessage): string {
  const source: Source = { numbers: new MessageNumbers(root), sizes: [] };
  const functions: string[] = [];
  for (const desc of source.numbers.all()) functions.push(messageFunction(desc, source));
  return `${source.sizes.map((name) => `let ${name} = 1;`).join('\n')}\n${functions.join('\n')}\nreturn write0;`;
}

function messageFunction(desc: DescMessage, source: Source): string {
  const fields = [...desc.fields].sort((a, b) => a.number - b.number);
  return `function write${source.numbers.of(desc)}(w, m) {
if (m.$typeName !== ${quoted(desc.typeName)}) return w.giveUp();
let v;
${fields.map((field) => fieldLines(field, source)).join('\n')}
if (m.$unknown !== undefined) w.unknown(m.$unknown);
}`;
}

function fieldLines(field: DescField, source: Source): string {
  const property = `m[${quoted(field.localName)}]`;
  if (field.fieldKind === 'list') return listLines(field, property, source);
  if (field.fieldKind === 'map') return mapLines(field, property, source);
  if (field.oneof !== undefined) {
    const name = quoted(field.localName);
    return `v = m[${quoted(field.oneof.localName)}];
if (v.case === ${name}) { v = v.value; ${valueLines(field, source)} }`;
  }
  return `v = ${property};\nif (${isSet(field)}) { ${valueLines(field, source)} }`;
}

/** Whether `v` is the value of a field that is set. */
function isSet(field: DescField): string {
  if (field.presence !== Presence.IMPLICIT) return 'v !== undefined';
  switch (field.scalar) {
    case ScalarType.BYTES:
      return 'v.length !== 0 || !(v instanceof Uint8Array)';
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return '!Object.is(v, 0)';
    default:
      return isLongAsText(field) ? 'v !== "0"' : `v !== ${scalarMethods(field.scalar).zero}`;
  }
}

/** Writes the singular value `v` with its tag. */
function valueLines(field: DescField, source: Source): string {
  if (field.message === undefined) return scalarLines(field, 'v');
  return messageLines(field, isUnwrapped(field) ? wrapped(field.message) : 'v', source);
}

const wrapped = ({ typeName }: DescMessage): string => `{ $typeName: ${quoted(typeName)}, value: v }`;

function scalarLines(field: DescField, value: string): string {
  const { wireType } = scalarMethods(field.scalar);
  return `w.tag(${tagOf(field.number, wireType)}); ${bareScalar(field, value)}`;
}

function bareScalar(field: DescField, value: string): string {
  return `w.${scalarMethods(field.scalar).name}${isLongAsText(field) ? `(w.long(${value}))` : `(${value})`};`;
}

function messageLines(field: DescField & { message: DescMessage }, value: string, source: Source): string {
  const write = `write${source.numbers.of(field.message)}(w, ${value});`;
  return counted(tagOf(field.number, WireType.LengthDelimited), write, source);
}

/** What stands behind a tag and its own length. */
function counted(tag: number, lines: string, { sizes }: Source): string {
  const size = `size${sizes.length}`;
  sizes.push(size);
  return `{ w.tag(${tag}); const guess = ${size}, from = w.open(guess); ${lines} ${size} = w.close(from, guess); }`;
}

function listLines(field: DescField & { fieldKind: 'list' }, property: string, source: Source): string {
  const each = (lines: string): string =>
    `v = ${property};\nfor (let i = 0; i < v.length; i++) { const item = v[i]; ${lines} }`;
  if (field.listKind === 'message') return each(messageLines(field, 'item', source));
  if (!field.packed) return each(scalarLines(field, 'item'));
  const tag = tagOf(field.number, WireType.LengthDelimited);
  return `if (${property}.length !== 0) ${counted(tag, each(bareScalar(field, 'item')), source)}`;
}

function mapLines(field: DescField & { fieldKind: 'map' }, property: string, source: Source): string {
  const key = scalarMethods(field.mapKey);
  const value =
    field.mapKind === 'message'
      ? counted(tagOf(2, WireType.LengthDelimited), `write${source.numbers.of(field.message)}(w, v[key]);`, source)
      : `w.tag(${tagOf(2, scalarMethods(field.scalar).wireType)}); ${bareScalar(field, 'v[key]')}`;
  const entry = `w.tag(${tagOf(1, key.wireType)}); w.${key.name}(${keyValue(field.mapKey)}); ${value}`;
  const tag = tagOf(field.number, WireType.LengthDelimited);
  return `v = ${property};\nfor (const key of Object.keys(v)) ${counted(tag, entry, source)}`;
}

/** The name of a property as the key that it stands for. */
function keyValue(type: ScalarType): string {
  if (type === ScalarType.STRING) return 'key';
  if (type === ScalarType.BOOL) return 'w.truth(key)';
  return scalarMethods(type).isLong ? 'w.long(key)' : 'w.number(key)';
}
