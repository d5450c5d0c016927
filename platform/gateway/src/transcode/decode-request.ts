import { type DescField, fromJson, type JsonValue, type Message } from '@bufbuild/protobuf';
import { type FieldViolation, kernelReasons, PlatformError } from '@mainstay/kernel';
import { checkMessage, maxViolations } from './check-message.ts';
import { formatFieldPath } from './field-table.ts';
import { withRawBody } from './http-body.ts';
import { type ParsedJson, parseJsonBody } from './json-text.ts';
import { presentFields } from './patch-mask.ts';
import { compilePathMessage, type PathMessage } from './path-message.ts';
import { jsonOfText, parseQuery } from './query.ts';
import type { RequestShape } from './request-shape.ts';
import { typesAround } from './types-around.ts';

/** The parts of one HTTP request that become its message. */
export interface RequestParts {
  readonly pathValues: ReadonlyMap<string, string>;
  /** Still encoded, without `?`. */
  readonly query: string;
  /** Absent or empty means no body, which reads as `{}`. */
  readonly body?: Uint8Array | undefined;
  /** Media type of the body, where it may be any. */
  readonly contentType?: string | undefined;
}

type JsonObject = Record<string, ParsedJson>;

/**
 * Builds the request message from path, query and body.
 *
 * A field bound by the path may also stand in the body when it says the same; a different value is refused.
 *
 * @throws {@link PlatformError} `invalid_argument` / `REQUEST_INVALID` with all violations, `URL_MALFORMED` or
 * `BODY_MALFORMED`; executed: no.
 */
export function decodeRequest(shape: RequestShape, parts: RequestParts): Message {
  const compiled = compiledOf(shape);
  const saidByPath = parts.query === '' ? compiled.pathMessage?.(parts.pathValues) : undefined;
  if (saidByPath !== undefined) return saidByPath;
  const violations: FieldViolation[] = [];
  const root = readBody(shape, parts.body, violations);

  if (isObject(root)) {
    const query = parseQuery(shape.input, parts.query, compiled.taken);
    violations.push(...query.violations);
    for (const { fields, value } of query.values) setValue(root, fields, value);
    for (const [name, value] of parts.pathValues) {
      const fields = shape.pathFields.get(name) ?? [];
      const last = fields.at(-1);
      const sent = setValue(root, fields, last === undefined ? value : jsonOfText(last, value));
      if (sent === undefined) continue;
      violations.push({
        field: formatFieldPath(fields),
        rule: 'path.conflict',
        message: 'must be the same as in the path',
      });
    }
  }

  if (shape.mask !== undefined && isObject(root)) fillMask(shape, shape.mask, root);
  violations.push(...checkMessage(shape.input, root));
  if (violations.length > 0) {
    const count = violations.length === 1 ? '1 field breaks' : `${violations.length} fields break`;
    throw new PlatformError(kernelReasons.REQUEST_INVALID, `${count} the rules of ${shape.input.name}`, {
      violations: violations.slice(0, maxViolations),
    });
  }
  const message = fromJson(shape.input, root as JsonValue, { registry: typesAround(shape.input.file) });
  if (!shape.isRaw) return message;
  const { body: data = empty, contentType = '' } = parts;
  return withRawBody(message, typeof shape.body === 'object' ? shape.body : undefined, { contentType, data });
}

const empty = new Uint8Array();

/** What follows from a shape alone. */
interface CompiledShape {
  readonly pathMessage: PathMessage | undefined;
  /** What the query cannot set. */
  readonly taken: ReadonlySet<string> | 'all';
}

const compiledShapes = new WeakMap<RequestShape, CompiledShape>();

function compiledOf(shape: RequestShape): CompiledShape {
  let compiled = compiledShapes.get(shape);
  if (compiled === undefined) {
    compiled = { pathMessage: compilePathMessage(shape), taken: takenFields(shape) };
    compiledShapes.set(shape, compiled);
  }
  return compiled;
}

/** Deepest field that a mask made from a body names by itself. */
const maxMaskDepth = 8;

/** Where the whole request is the body, its own fields are named, without the mask and what the path says. */
function fillMask(shape: RequestShape, mask: DescField, root: JsonObject): void {
  if (root[mask.name] !== undefined || root[mask.jsonName] !== undefined) return;
  if (typeof shape.body === 'object') {
    const paths =
      shape.body.message === undefined
        ? []
        : presentFields(shape.body.message, root[shape.body.name] ?? null, maxMaskDepth);
    const inPath = new Set([...shape.pathFields.values()].map(formatFieldPath));
    setMask(
      root,
      mask,
      paths.filter((path) => !inPath.has(`${(shape.body as DescField).name}.${path}`)),
    );
  } else if (shape.body === 'whole') {
    const inPath = new Set([...shape.pathFields.values()].map(([first]) => first?.name));
    setMask(
      root,
      mask,
      presentFields(shape.input, root as ParsedJson, 1).filter((path) => !inPath.has(path)),
    );
  }
}

function setMask(root: JsonObject, mask: DescField, paths: readonly string[]): void {
  if (paths.length > 0) root[mask.name] = paths.join(',');
}

function readBody(shape: RequestShape, body: Uint8Array | undefined, violations: FieldViolation[]): ParsedJson {
  if (shape.isRaw || shape.body === 'none' || body === undefined || body.byteLength === 0) return {};
  const parsed = parseJsonBody(body);
  if (shape.body === 'whole') {
    violations.push(...parsed.violations);
    return parsed.value;
  }
  const { name } = shape.body;
  violations.push(...parsed.violations.map((violation) => ({ ...violation, field: `${name}.${violation.field}` })));
  return { [name]: parsed.value } as JsonObject as ParsedJson;
}

/** What the query cannot set, because the path or the body does. */
function takenFields(shape: RequestShape): ReadonlySet<string> | 'all' {
  if (shape.body === 'whole') return 'all';
  const paths = [...shape.pathFields.values()].map(formatFieldPath);
  return new Set(shape.body === 'none' ? paths : [...paths, shape.body.name]);
}

/**
 * Puts a value at a path, making the objects on the way.
 *
 * @returns the value that already stood there when it is another one; the new one is then not set.
 */
function setValue(root: ParsedJson, fields: readonly DescField[], value: ParsedJson): ParsedJson | undefined {
  let holder = root as JsonObject;
  for (const [index, field] of fields.entries()) {
    const key = Object.hasOwn(holder, field.jsonName) ? field.jsonName : field.name;
    const present = Object.hasOwn(holder, key) ? holder[key] : undefined;
    if (index === fields.length - 1) {
      if (present !== undefined && present !== null && !saysTheSame(present, value)) return present;
      holder[key] = value;
      return undefined;
    }
    if (isObject(present)) {
      holder = present;
      continue;
    }
    if (present !== undefined && present !== null) return present;
    const next: JsonObject = {};
    holder[key] = next as ParsedJson;
    holder = next;
  }
  return undefined;
}

/** A number and its text say the same; objects and lists are never what a path says. */
function saysTheSame(a: ParsedJson, b: ParsedJson): boolean {
  return typeof a !== 'object' && typeof b !== 'object' && `${a}` === `${b}`;
}

function isObject(value: ParsedJson | undefined): value is JsonObject & ParsedJson {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
