import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { isFieldSet } from '@bufbuild/protobuf';
import type { FieldMask } from '@bufbuild/protobuf/wkt';
import { type FieldViolation, kernelReasons, PlatformError } from '@mainstay/kernel';

/** Which fields of an update request may change what. */
export interface ChangedFieldsOptions {
  /** The request's mask; absent means every field that is set. */
  readonly mask: FieldMask | undefined;
  /** Proto names of the fields that may be changed. */
  readonly changeable: readonly string[];
  /** Those of them that a mask may name while they are not set, which clears them; default none. */
  readonly clearable?: readonly string[];
}

/**
 * Tells which fields an update request changes: those its mask names, or those that are set when there is no mask.
 *
 * Shape: proto names, in the order of `changeable`; empty when there is no mask and nothing is set.
 *
 * @throws {@link PlatformError} `invalid_argument` / `REQUEST_INVALID` for a mask without a path, for a path that cannot be changed, and for a
 * named field that is neither set nor clearable; all of them at once.
 * @example
 * const changed = changedFields(UpdateUserRequestSchema, request, { mask: request.updateMask, changeable: ['email'] });
 * if (changed.has('email')) await setEmail(request.email);
 * @see https://google.aip.dev/134 - paths name whole fields here, `*` is not supported.
 */
export function changedFields<D extends DescMessage>(
  schema: D,
  request: MessageShape<D>,
  options: ChangedFieldsOptions,
): ReadonlySet<string> {
  const { mask, changeable, clearable = [] } = options;
  const isSet = (name: string): boolean => {
    const field = schema.fields.find((candidate) => candidate.name === name);
    return field !== undefined && isFieldSet(request, field);
  };
  if (mask === undefined) return new Set(changeable.filter(isSet));
  const violations: FieldViolation[] = [];
  if (mask.paths.length === 0) {
    violations.push({ field: 'update_mask', rule: 'field_mask.empty', message: 'names nothing to change' });
  }
  for (const path of mask.paths) {
    if (!changeable.includes(path)) {
      const message = `${JSON.stringify(path)} is none of ${changeable.join(', ')}`;
      violations.push({ field: 'update_mask', rule: 'field_mask.unknown', message });
    } else if (!isSet(path) && !clearable.includes(path)) {
      violations.push({ field: path, rule: 'required', message: 'is named by update_mask and must be set' });
    }
  }
  if (violations.length > 0) {
    throw new PlatformError(kernelReasons.REQUEST_INVALID, 'update_mask and the request do not fit', { violations });
  }
  return new Set(changeable.filter((name) => mask.paths.includes(name)));
}
