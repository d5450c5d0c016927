import { type DescField, type DescMessage, type DescOneof, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import { isLongAsText, scalarMethods } from '../binary/scalar-methods.ts';
import { isUnwrapped } from '../binary/unwrapped.ts';
import { quoted } from '../generated-code.ts';
import type { MessageNumbers } from '../message-numbers.ts';

/** What stands before the functions of all messages. */
export const makePrelude = `const none = Object.create(null);
const bytes = (v) => (Array.isArray(v) ? new Uint8Array(v) : v);
const isObject = (v) => v !== null && typeof v === "object" && !Array.isArray(v);`;

/** Source text of the function that makes a message from its initial values. */
export function makeFunction(desc: DescMessage, numbers: MessageNumbers): string {
  const number = numbers.of(desc);
  const type = quoted(desc.typeName);
  return `function make${number}(i) {
if (i === undefined || i === null) i = none;
const m = { $typeName: ${type} };
let v;
${desc.members.map((member) => `v = i[${quoted(member.localName)}];\n${memberLines(member, numbers)}`).join('\n')}
return m;
}
function to${number}(v) {
return isObject(v) && v.$typeName !== ${type} ? make${number}(v) : v;
}`;
}

function memberLines(member: DescField | DescOneof, numbers: MessageNumbers): string {
  const property = `m[${quoted(member.localName)}]`;
  if (member.kind === 'oneof') return `${property} = ${oneofValue(member, numbers)};`;
  const converter = converterOf(member, numbers);
  switch (member.fieldKind) {
    case 'list':
      return converter === undefined
        ? `${property} = v ?? [];`
        : `${property} = Array.isArray(v) ? v.map((each) => ${converter}(each)) : v ?? [];`;
    case 'map':
      return `${property} = v ?? {};`;
    default: {
      const set = `if (v !== undefined && v !== null) ${property} = ${converter === undefined ? 'v' : `${converter}(v)`};`;
      return member.presence === Presence.IMPLICIT ? `${set} else ${property} = ${zeroOf(member)};` : set;
    }
  }
}

function oneofValue(oneof: DescOneof, numbers: MessageNumbers): string {
  const cases = oneof.fields.map((field) => {
    const converter = converterOf(field, numbers);
    const value = converter === undefined ? 'v.value' : `${converter}(v.value)`;
    return `v.case === ${quoted(field.localName)} ? { case: v.case, value: ${value} }`;
  });
  return `v === undefined || v === null ? { case: undefined } : ${cases.join(' : ')} : { case: undefined }`;
}

/** Name of the function that values of a field go through; undefined for none. */
function converterOf(field: DescField, numbers: MessageNumbers): string | undefined {
  if (field.message === undefined) return isBytes(field) ? 'bytes' : undefined;
  if (!isUnwrapped(field)) return `to${numbers.of(field.message)}`;
  return isBytes(field.message.fields[0]!) ? 'bytes' : undefined;
}

function zeroOf(field: DescField): string {
  if (field.enum !== undefined) return `${field.enum.values[0]?.number ?? 0}`;
  return isLongAsText(field) ? '"0"' : scalarMethods(field.scalar).zero;
}

function isBytes(field: DescField): boolean {
  return field.scalar === ScalarType.BYTES;
}
