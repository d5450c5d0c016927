import { type DescField, type DescMessage, type DescOneof, type Message, ScalarType } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import { quoted } from '../generated-code.ts';
import { MessageNumbers } from '../message-numbers.ts';
import type { ByteReader } from './byte-reader.ts';
import { isLongAsText, scalarMethods, tagOf } from './scalar-methods.ts';
import { isUnwrapped } from './unwrapped.ts';

/** Reads a message up to its end; the reader does not stand there afterwards when it gave up. */
export type ReadMessage = (reader: ByteReader, end: number, depth: number) => Message;

/** Messages inside of each other, as many as the reference takes. */
const maxDepth = 100;

/** For the one key of a map that an assignment takes for something else. */
const setOwn = `function setOwn(map, key, value) {
Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}`;

/** Source text of a {@link ReadMessage} for a covered message. */
export function readSource(root: DescMessage): string {
  const numbers = new MessageNumbers(root);
  const functions: string[] = [];
  for (const desc of numbers.all()) functions.push(messageFunction(desc, numbers));
  return [setOwn, ...functions, 'return read0;'].join('\n');
}

function messageFunction(desc: DescMessage, numbers: MessageNumbers): string {
  const number = numbers.of(desc);
  const members = desc.members.flatMap(emptyMember);
  return `const fields${number} = new Set([${desc.fields.map((field) => field.number).join()}]);
function read${number}(r, end, depth) {
if (depth > ${maxDepth}) r.giveUp();
const m = { $typeName: ${quoted(desc.typeName)}${members.map((member) => `, ${member}`).join('')} };
while (r.pos < end) {
const tag = r.tag();
switch (tag) {
${desc.fields.flatMap((field) => fieldCases(field, numbers)).join('\n')}
default: r.unknown(m, tag, fields${number});
}
}
if (r.pos !== end) r.giveUp();
return m;
}`;
}

/** A property of a message in which nothing is set. */
function emptyMember(member: DescField | DescOneof): string[] {
  const name = quoted(member.localName);
  if (member.kind === 'oneof') return [`${name}: { case: undefined }`];
  if (member.fieldKind === 'list') return [`${name}: []`];
  if (member.fieldKind === 'map') return [`${name}: {}`];
  return member.presence === Presence.IMPLICIT ? [`${name}: ${zeroOf(member)}`] : [];
}

function zeroOf(field: DescField): string {
  if (field.enum !== undefined) return `${field.enum.values[0]?.number ?? 0}`;
  return isLongAsText(field) ? '"0"' : scalarMethods(field.scalar).zero;
}

function fieldCases(field: DescField, numbers: MessageNumbers): string[] {
  if (field.fieldKind === 'list') return listCases(field, numbers);
  const { wireType } = field.message === undefined && field.fieldKind !== 'map' ? scalarMethods(field.scalar) : counted;
  return [oneCase(field.number, wireType, `${singleLines(field, numbers)} break;`)];
}

const counted = { wireType: WireType.LengthDelimited };

function oneCase(number: number, wireType: WireType, lines: string): string {
  return `case ${tagOf(number, wireType)}: ${lines}`;
}

function singleLines(field: DescField, numbers: MessageNumbers): string {
  if (field.fieldKind === 'map') return mapLines(field, numbers);
  const name = quoted(field.localName);
  if (field.oneof !== undefined) {
    const property = `m[${quoted(field.oneof.localName)}]`;
    const set = (value: string): string => `${property} = { case: ${name}, value: ${value} };`;
    if (field.message === undefined) return set(scalarValue(field));
    return `if (${property}.case === ${name}) r.giveUp(); else ${set(messageValue(field.message, numbers))}`;
  }
  const property = `m[${name}]`;
  if (field.message === undefined) return `${property} = ${scalarValue(field)};`;
  const value = `${messageValue(field.message, numbers)}${isUnwrapped(field) ? '.value' : ''}`;
  // A second part of the same message is to be merged with the first.
  return `if (${property} !== undefined) r.giveUp(); else ${property} = ${value};`;
}

function scalarValue(field: DescField): string {
  const value = bareScalar(field.scalar, field.utf8Validation);
  return isLongAsText(field) ? `String(${value})` : value;
}

function bareScalar(scalar: ScalarType | undefined, isStrict: boolean): string {
  return `r.${scalarMethods(scalar).name}(${scalar === ScalarType.STRING ? isStrict : ''})`;
}

function messageValue(desc: DescMessage, numbers: MessageNumbers): string {
  return `read${numbers.of(desc)}(r, r.innerEnd(end), depth + 1)`;
}

function listCases(field: DescField & { fieldKind: 'list' }, numbers: MessageNumbers): string[] {
  const property = `m[${quoted(field.localName)}]`;
  if (field.listKind === 'message') {
    const push = `${property}.push(${messageValue(field.message, numbers)}); break;`;
    return [oneCase(field.number, WireType.LengthDelimited, push)];
  }
  const { wireType } = scalarMethods(field.scalar);
  const push = `${property}.push(${scalarValue(field)});`;
  const single = oneCase(field.number, wireType, `${push} break;`);
  if (wireType === WireType.LengthDelimited) return [single];
  const packed = `{ const to = r.innerEnd(end); while (r.pos < to) ${push} if (r.pos !== to) r.giveUp(); break; }`;
  return [single, oneCase(field.number, WireType.LengthDelimited, packed)];
}

function mapLines(field: DescField & { fieldKind: 'map' }, numbers: MessageNumbers): string {
  const key = bareScalar(field.mapKey, field.utf8Validation);
  const isMessage = field.mapKind === 'message';
  const value = isMessage
    ? `if (v !== undefined) r.giveUp(); else v = read${numbers.of(field.message)}(r, r.innerEnd(to), depth + 1);`
    : `v = ${bareScalar(field.scalar, field.utf8Validation)};`;
  const empty = isMessage ? `read${numbers.of(field.message)}(r, r.pos, depth + 1)` : zeroOf(field);
  const valueType = isMessage ? WireType.LengthDelimited : scalarMethods(field.scalar).wireType;
  return `{ const to = r.innerEnd(end); let k = ${scalarMethods(field.mapKey).zero}, v;
while (r.pos < to) { switch (r.tag()) {
${oneCase(1, scalarMethods(field.mapKey).wireType, `k = ${key}; break;`)}
${oneCase(2, valueType, `${value} break;`)}
default: r.giveUp();
} }
if (r.pos !== to) r.giveUp();
if (v === undefined) v = ${empty};
if (k === "__proto__") setOwn(m[${quoted(field.localName)}], k, v); else m[${quoted(field.localName)}][k] = v; }`;
}
