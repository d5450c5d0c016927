import { PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';

/** One step of a path template: a fixed text, any one segment (`*`), or any number of segments (`**`). */
export type TemplateSegment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'single' }
  | { readonly kind: 'rest' };

/** A part of the path that becomes a field of the request: segments `start` to `end`, `end` not included; infinite for `**`. */
export interface TemplateVariable {
  /** Dotted path of the field, as the template has it. */
  readonly fieldPath: string;
  readonly start: number;
  readonly end: number;
  /** True when it may span several segments; `%2F` then stays encoded, because a real slash is a separator. */
  readonly multiple: boolean;
}

/** A parsed path template of a `google.api.http` rule. */
export interface PathTemplate {
  readonly source: string;
  readonly segments: readonly TemplateSegment[];
  readonly variables: readonly TemplateVariable[];
  /** Custom verb after the last colon, for example `cancel`; empty when there is none. */
  readonly verb: string;
}

const literalShape = /^[A-Za-z0-9\-._~!$&'()+,;@]+$/;
const fieldPathShape = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;

/**
 * Parses a path template such as `/v1/{name=orders/*}:cancel`.
 *
 * @throws {@link PlatformError} `invalid_argument` / `ROUTE_INVALID` naming the template and what is wrong with it.
 * @see google/api/http.proto, "Path template syntax"
 */
export function parseTemplate(source: string): PathTemplate {
  const refuse = (what: string): PlatformError =>
    new PlatformError(gatewayReasons.ROUTE_INVALID, `path template ${JSON.stringify(source)}: ${what}`);
  if (!source.startsWith('/')) throw refuse('must start with a slash');

  const colon = source.lastIndexOf(':');
  const hasVerb = colon > source.lastIndexOf('/') && colon > source.lastIndexOf('}');
  const verb = hasVerb ? source.slice(colon + 1) : '';
  if (hasVerb && !literalShape.test(verb)) throw refuse('the verb after the colon must be a plain word');

  const segments: TemplateSegment[] = [];
  const variables: TemplateVariable[] = [];
  for (const part of splitOutsideBraces(hasVerb ? source.slice(1, colon) : source.slice(1))) {
    const variable = /^\{([^={}]*)(?:=([^{}]*))?\}$/.exec(part);
    if (variable === null) {
      segments.push(parseSegment(part, refuse));
      continue;
    }
    const [, fieldPath = '', pattern = '*'] = variable;
    if (!fieldPathShape.test(fieldPath)) throw refuse(`${JSON.stringify(fieldPath)} is no field path`);
    const start = segments.length;
    for (const inner of pattern.split('/')) segments.push(parseSegment(inner, refuse));
    const open = segments.at(-1)?.kind === 'rest';
    const end = open ? Number.POSITIVE_INFINITY : segments.length;
    variables.push({ fieldPath, start, end, multiple: end - start > 1 });
  }

  const rest = segments.findIndex((segment) => segment.kind === 'rest');
  if (rest !== -1 && rest !== segments.length - 1) throw refuse('** must be the last segment');
  if (new Set(variables.map((variable) => variable.fieldPath)).size !== variables.length) {
    throw refuse('a field may be bound once only');
  }
  return { source, segments, variables, verb };
}

function parseSegment(part: string, refuse: (what: string) => PlatformError): TemplateSegment {
  if (part === '*') return { kind: 'single' };
  if (part === '**') return { kind: 'rest' };
  if (!literalShape.test(part)) throw refuse(`${JSON.stringify(part)} is no segment`);
  return { kind: 'literal', text: part };
}

function splitOutsideBraces(path: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const char of path) {
    if (char === '{') depth++;
    if (char === '}') depth--;
    if (char === '/' && depth === 0) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}
