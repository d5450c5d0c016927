import { type DescEnum, type DescField, type DescMessage, type Registry, ScalarType } from '@bufbuild/protobuf';
import type { FieldViolation } from '@mainstay/kernel';
import { checkScalar, checkText, type Misfit } from './check-scalar.ts';
import { checkWellKnown, isAny, isWellKnown } from './check-well-known.ts';
import { fieldTable } from './field-table.ts';
import type { ParsedJson } from './json-text.ts';
import { typesAround } from './types-around.ts';

/** Most violations reported for one request; a body of 1 MiB can break 100,000 rules, and nobody reads them. */
export const maxViolations = 50;

type JsonHolder = Record<string | number, ParsedJson>;

/** Where a value stands: in an object or list, and in the request as a whole. */
interface Place {
  readonly holder: JsonHolder;
  readonly key: string | number;
  readonly path: string;
}

/**
 * Checks parsed JSON against a message by the protobuf JSON mapping, and lists everything that does not fit.
 *
 * Strict: a name that the message does not have is a violation, in both spellings of a name a field may stand
 * once, and an enum value must be declared. What the decoder takes in one form only (long numbers, field masks,
 * `null` for absent) is rewritten in place, so that after a check without violations decoding cannot fail. What stands in
 * an `Any` is checked as the message it says it is.
 *
 * Shape: violations in the order of the body, at most {@link maxViolations}; paths in proto names.
 *
 * @param json - owned by the caller and changed here.
 */
export function checkMessage(message: DescMessage, json: ParsedJson): readonly FieldViolation[] {
  const checker = new Checker(typesAround(message.file));
  checker.message(message, json, { path: '' });
  return checker.violations;
}

class Checker {
  readonly violations: FieldViolation[] = [];
  readonly #types: Registry;

  constructor(types: Registry) {
    this.#types = types;
  }

  #refuse(field: string, misfit: Misfit): void {
    if (this.violations.length < maxViolations) this.violations.push({ field, ...misfit });
  }

  message(message: DescMessage, json: ParsedJson, { path, isInAny = false }: Spot): void {
    if (!isObject(json)) {
      this.#refuse(path, { rule: 'json.object', message: 'must be an object' });
      return;
    }
    const table = fieldTable(message);
    const seen = new Map<DescField | string, string>();
    for (const key of Object.keys(json)) {
      if (key === '@type' && isInAny) continue;
      const field = table.get(key);
      if (field === undefined) {
        this.#refuse(join(path, shorten(key)), {
          rule: 'json.unknown_field',
          message: 'is not a field of this request',
        });
        continue;
      }
      const fieldPath = join(path, field.name);
      if (seen.has(field)) this.#refuse(fieldPath, { rule: 'json.duplicate', message: 'must stand once only' });
      seen.set(field, key);
      if (json[key] === null && !keepsNull(field)) {
        delete json[key];
        continue;
      }
      if (field.oneof !== undefined) {
        const other = seen.get(field.oneof.name);
        if (other !== undefined)
          this.#refuse(fieldPath, { rule: 'json.oneof', message: `must not stand beside ${other}` });
        seen.set(field.oneof.name, field.name);
      }
      this.#field(field, { holder: json, key, path: fieldPath });
    }
  }

  #field(field: DescField, place: Place): void {
    const { path } = place;
    const value = valueAt(place);
    if (field.fieldKind === 'list') {
      if (!Array.isArray(value)) {
        this.#refuse(path, { rule: 'json.list', message: 'must be a list' });
        return;
      }
      const holder = value as unknown as JsonHolder;
      for (let key = 0; key < value.length; key++) this.#item(field, { holder, key, path: `${path}[${key}]` });
      return;
    }
    if (field.fieldKind === 'map') {
      if (!isObject(value)) {
        this.#refuse(path, { rule: 'json.object', message: 'must be an object' });
        return;
      }
      for (const key of Object.keys(value)) {
        const entryPath = `${path}[${JSON.stringify(shorten(key))}]`;
        const misfit = checkMapKey(field.mapKey, key);
        if (misfit !== undefined) this.#refuse(entryPath, misfit);
        this.#item(field, { holder: value, key, path: entryPath });
      }
      return;
    }
    this.#value(field, place);
  }

  #item(field: DescField, place: Place): void {
    const isValue = field.message?.typeName === 'google.protobuf.Value';
    const isNull = valueAt(place) === null && !isValue;
    if (isNull) this.#refuse(place.path, { rule: 'json.null', message: 'must not be null' });
    else this.#value(field, place);
  }

  /** One value: of a singular field, an element of a list or a value of a map. */
  #value(field: DescField, place: Place): void {
    const value = valueAt(place);
    const { holder, key, path } = place;
    if (field.message !== undefined) {
      this.#messageValue(field.message, place);
      return;
    }
    if (field.enum !== undefined) {
      const misfit = checkEnum(field.enum, value);
      if (misfit !== undefined) this.#refuse(path, misfit);
      return;
    }
    const misfit = checkScalar(field.scalar ?? ScalarType.STRING, value);
    if (misfit !== undefined) this.#refuse(path, misfit);
    else if (typeof value === 'bigint') holder[key] = String(value);
  }

  #messageValue(message: DescMessage, place: Place): void {
    const value = valueAt(place);
    const { holder, key, path } = place;
    if (isAny(message)) this.#any(value, path);
    else if (!isWellKnown(message)) this.message(message, value, { path });
    else {
      const check = checkWellKnown(message, value);
      if ('misfit' in check) this.#refuse(path, check.misfit);
      else holder[key] = check.value;
    }
  }

  /** `{"@type": …}` beside the fields of the message, or beside `value` when that has a JSON form of its own. */
  #any(value: ParsedJson, path: string): void {
    if (!isObject(value)) {
      this.#refuse(path, { rule: 'json.object', message: 'must be an object with @type' });
      return;
    }
    const holder: JsonHolder = value;
    if (Object.keys(holder).length === 0) return;
    const url = holder['@type'];
    const message = typeof url === 'string' ? this.#types.getMessage(url.slice(url.lastIndexOf('/') + 1)) : undefined;
    if (message === undefined) {
      this.#refuse(join(path, '@type'), { rule: 'json.any', message: 'must name a message of this contract' });
    } else if (!isWellKnown(message)) this.message(message, value, { path, isInAny: true });
    else if (Object.keys(holder).some((key) => key !== '@type' && key !== 'value') || holder['value'] === undefined) {
      this.#refuse(path, { rule: 'json.any', message: 'must have the members @type and value only' });
    } else this.#messageValue(message, { holder, key: 'value', path: join(path, 'value') });
  }
}

/** Where a message stands in the request; in an `Any` its type stands beside its fields. */
interface Spot {
  readonly path: string;
  readonly isInAny?: boolean;
}

function valueAt({ holder, key }: Place): ParsedJson {
  return holder[key] as ParsedJson;
}

function checkEnum(desc: DescEnum, value: ParsedJson): Misfit | undefined {
  const known = desc.values.some((v) => v.name === value || v.jsonName === value || v.number === value);
  if (known || (value === null && desc.typeName === 'google.protobuf.NullValue')) return undefined;
  const names = desc.values.filter((v) => v.number !== 0).map((v) => v.name);
  return { rule: 'json.enum', message: `must be one of ${names.join(', ')}` };
}

function checkMapKey(type: ScalarType, name: string): Misfit | undefined {
  if (type === ScalarType.STRING) return checkText(name);
  if (type !== ScalarType.BOOL) return checkScalar(type, name);
  return name === 'true' || name === 'false' ? undefined : { rule: 'json.bool', message: 'must be true or false' };
}

/** True for fields in which `null` is a value and not the absence of one. */
function keepsNull(field: DescField): boolean {
  if (field.fieldKind === 'message') return field.message.typeName === 'google.protobuf.Value';
  return field.fieldKind === 'enum' && field.enum.typeName === 'google.protobuf.NullValue';
}

function isObject(json: ParsedJson): json is Record<string, never> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** Names from the body come back in an answer, so they are kept short. */
function shorten(name: string): string {
  const plain = name.toWellFormed();
  return plain.length <= 64 ? plain : `${plain.slice(0, 64)}…`;
}
