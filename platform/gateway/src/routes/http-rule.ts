import { type DescMethod, getOption, hasOption } from '@bufbuild/protobuf';
import { http } from '@mainstay/contracts/google/api/annotations';
import type { HttpRule } from '@mainstay/contracts/google/api/http';

/** One way to reach a method over HTTP. */
export interface HttpBinding {
  /** Upper-case method, for example `POST`; a custom kind is taken as written. */
  readonly httpMethod: string;
  /** Path template as written. */
  readonly path: string;
  /** `*`, the name of a field, or empty. */
  readonly body: string;
  /** Name of a field of the response, or empty. */
  readonly responseBody: string;
}

/** Reads the `google.api.http` option of a method, additional bindings included; empty without the option. */
export function httpBindings(method: DescMethod): readonly HttpBinding[] {
  if (!hasOption(method, http)) return [];
  const rule = getOption(method, http);
  return [rule, ...rule.additionalBindings].flatMap(toBinding);
}

function toBinding({ pattern, body, responseBody }: HttpRule): readonly HttpBinding[] {
  if (pattern.case === undefined) return [];
  const [kind, path] =
    pattern.case === 'custom' ? [pattern.value.kind, pattern.value.path] : [pattern.case, pattern.value];
  return [{ httpMethod: kind.toUpperCase(), path, body, responseBody }];
}
