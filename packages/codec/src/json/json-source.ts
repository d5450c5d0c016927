import type { DescEnum, DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { isWrapperDesc, FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import { isLongAsText, scalarMethods } from '../binary/scalar-methods.ts';
import { isUnwrapped } from '../binary/unwrapped.ts';
import { quoted } from '../generated-code.ts';
import { MessageNumbers } from '../message-numbers.ts';
import type { JsonValues } from './json-values.ts';

/** Writes a message, or one field of it, as JSON text; worth nothing when the values gave up. */
export type WriteJson = (values: JsonValues, message: Message) => string;

/** Messages with a JSON form of their own; the seldom ones are left to the reference. */
const ownForms: Readonly<Record<string, string>> = {
  'google.protobuf.Timestamp': 'j.timestamp(m)',
  'google.protobuf.Duration': 'j.duration(m)',
  'google.protobuf.Any': 'j.giveUp()',
  'google.protobuf.FieldMask': 'j.giveUp()',
  'google.protobuf.Struct': 'j.giveUp()',
  'google.protobuf.Value': 'j.giveUp()',
  'google.protobuf.ListValue': 'j.giveUp()',
};

const helpers = `function list(v, write) {
let s = "[";
for (let i = 0; i < v.length; i++) s += i === 0 ? write(v[i]) : "," + write(v[i]);
return s + "]";
}
function map(j, v, write) {
let s = "{";
for (const key of Object.keys(v)) s += (s.length === 1 ? "" : ",") + j.string(key) + ":" + write(v[key]);
return s + "}";
}`;

/**
 * Source text of a {@link WriteJson} for a covered message.
 *
 * @param field - the only one whose value is wanted; absent means the whole message.
 */
export function jsonSource(root: DescMessage, field: DescField | undefined): string {
  return new JsonSource(root).text(root, field);
}

class JsonSource {
  readonly #numbers: MessageNumbers;
  readonly #enums = new Map<DescEnum, string>();

  constructor(root: DescMessage) {
    this.#numbers = new MessageNumbers(root);
  }

  text(root: DescMessage, field: DescField | undefined): string {
    const functions = field === undefined ? [] : [this.#fieldFunction(root, field)];
    for (const desc of this.#numbers.all()) functions.push(this.#messageFunction(desc));
    const entry = field === undefined ? 'write0' : 'writeField';
    return [helpers, ...this.#enumTables(), ...functions, `return ${entry};`].join('\n');
  }

  *#enumTables(): Iterable<string> {
    for (const [desc, name] of this.#enums) {
      const entries = desc.values.map(({ number }) => [number, quoted(desc.value[number]?.jsonName ?? '')]);
      yield `const ${name} = new Map(${JSON.stringify(entries)});`;
    }
  }

  #fieldFunction(root: DescMessage, field: DescField): string {
    return `function writeField(j, m) {
${checkType(root)}
if (!(${isWritten(field)})) return "null";
const v = ${valueOf(field)};
return ${this.#value(field)};
}`;
  }

  #messageFunction(desc: DescMessage): string {
    return `function write${this.#numbers.of(desc)}(j, m) {
${checkType(desc)}
${isWrapperDesc(desc) ? this.#wrapper(desc) : this.#body(desc)}
}`;
  }

  #wrapper({ fields: [field] }: DescMessage): string {
    return `const v = m.value;\nreturn ${this.#single(field!)};`;
  }

  #body(desc: DescMessage): string {
    const ownForm = ownForms[desc.typeName];
    if (ownForm !== undefined) return `return ${ownForm};`;
    const fields = [...desc.fields].sort((a, b) => a.number - b.number);
    const firstSure = fields.findIndex(isAlwaysWritten);
    const lines = fields.map((field, index) => {
      const isBehindSure = firstSure >= 0 && index > firstSure;
      const comma = index === 0 || isBehindSure ? '' : 's.length === 1 ? "" : ","';
      return this.#fieldLines(
        field,
        `${comma === '' ? '' : `(${comma}) + `}${quoted(`${isBehindSure ? ',' : ''}"${field.name}":`)}`,
      );
    });
    return `let v, s = "{";\n${lines.join('\n')}\nreturn s + "}";`;
  }

  #fieldLines(field: DescField, start: string): string {
    const write = `v = ${valueOf(field)}; s += ${start} + ${this.#value(field)};`;
    return isAlwaysWritten(field) ? write : `if (${isWritten(field)}) { ${write} }`;
  }

  /** The JSON of `v`, the value of a field. */
  #value(field: DescField): string {
    if (field.fieldKind === 'list') return `list(v, (v) => ${this.#single(field)})`;
    if (field.fieldKind === 'map') return `map(j, v, (v) => ${this.#single(field)})`;
    return this.#single(isUnwrapped(field) ? field.message!.fields[0]! : field);
  }

  #single(field: DescField): string {
    if (field.message !== undefined) return `write${this.#numbers.of(field.message)}(j, v)`;
    return field.enum === undefined ? `j.${jsonMethod(field)}(v)` : this.#enum(field.enum);
  }

  #enum(desc: DescEnum): string {
    if (desc.typeName === 'google.protobuf.NullValue') return '(j.integer(v), "null")';
    const name = this.#enums.get(desc) ?? `enum${this.#enums.size}`;
    this.#enums.set(desc, name);
    return `j.enum(v, ${name})`;
  }
}

function checkType({ typeName }: DescMessage): string {
  return `if (m.$typeName !== ${quoted(typeName)}) return j.giveUp();`;
}

/** Zero values are written, so only what has presence can be absent. */
function isAlwaysWritten(field: DescField): boolean {
  return field.oneof === undefined && field.presence === Presence.IMPLICIT;
}

function isWritten(field: DescField): string {
  if (isAlwaysWritten(field)) return 'true';
  if (field.oneof === undefined) return `m[${quoted(field.localName)}] !== undefined`;
  return `m[${quoted(field.oneof.localName)}].case === ${quoted(field.localName)}`;
}

function valueOf(field: DescField): string {
  return field.oneof === undefined ? `m[${quoted(field.localName)}]` : `m[${quoted(field.oneof.localName)}].value`;
}

function jsonMethod(field: DescField): keyof JsonValues {
  const { name, isLong } = scalarMethods(field.scalar);
  if (isLong) return isLongAsText(field) ? 'string' : 'long';
  if (name === 'string' || name === 'bool' || name === 'bytes') return name;
  return name === 'float' || name === 'double' ? 'real' : 'integer';
}
