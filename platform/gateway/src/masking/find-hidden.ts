import type { Message, Registry } from '@bufbuild/protobuf';
import { type Any, anyUnpack } from '@bufbuild/protobuf/wkt';
import type { FieldSensitivity } from '@mainstay/rpc';
import type { AdmittedRequest } from '../http/admitted-request.ts';
import { isAny } from '../transcode/check-well-known.ts';
import { readField } from '../transcode/read-field.ts';
import { typesAround } from '../transcode/types-around.ts';
import { type MaskForm, type MaskPlan, type MaskStep, maskPlan } from './mask-plan.ts';

/** A value that the caller is not shown. */
export interface HiddenValue {
  /** Where it stands in the JSON of the message: proto names, indexes and keys. */
  readonly path: readonly (string | number)[];
  readonly form: MaskForm;
}

const nothing: readonly HiddenValue[] = [];

/**
 * Finds what of an answer its caller is not shown, from the contract alone.
 *
 * The message is read and never changed: services that share the process may share it. Cost: a look-up when nothing in the
 * type is above the clearance, else one walk over the fields that may be; nothing is allocated for what is shown.
 */
export function findHidden({ route, clearance, identity }: AdmittedRequest, message: Message): readonly HiddenValue[] {
  const { output } = route.method;
  const plan = maskPlan(output, clearance);
  if (plan === undefined) return nothing;
  const finder = new Finder(typesAround(output.file), clearance, identity.userId);
  const isOwner = finder.isOwner(plan, message, false);
  for (const step of plan.steps) {
    if (route.responseField === undefined || step.field === route.responseField) finder.field(step, message, isOwner);
  }
  return finder.found;
}

class Finder {
  readonly found: HiddenValue[] = [];
  readonly #path: (string | number)[] = [];
  readonly #types: Registry;
  readonly #clearance: FieldSensitivity;
  readonly #userId: string | undefined;

  constructor(types: Registry, clearance: FieldSensitivity, userId: string | undefined) {
    this.#types = types;
    this.#clearance = clearance;
    this.#userId = userId;
  }

  /** Whether the caller owns a message; one that names no owner belongs to whom the message around it belongs. */
  isOwner({ owner }: MaskPlan, message: Message, isOwnerAround: boolean): boolean {
    if (owner === undefined) return isOwnerAround;
    return this.#userId !== undefined && readField(message, owner) === this.#userId;
  }

  field(step: MaskStep, message: Message, isOwner: boolean): void {
    const { field, hiddenFrom, form } = step;
    const value = readField(message, field);
    if (value === undefined) return;
    this.#path.push(field.name);
    if (hiddenFrom === 'everyone' || (hiddenFrom === 'others' && !isOwner))
      this.found.push({ path: [...this.#path], form });
    else this.#inside(step, value, isOwner);
    this.#path.pop();
  }

  #inside({ field, inside }: MaskStep, value: unknown, isOwner: boolean): void {
    if (inside === undefined) return;
    if (field.fieldKind === 'list') {
      const items = value as readonly Message[];
      for (let index = 0; index < items.length; index++) this.#item(inside, [index, items[index] as Message], isOwner);
    } else if (field.fieldKind === 'map') {
      for (const entry of Object.entries(value as Readonly<Record<string, Message>>))
        this.#item(inside, entry, isOwner);
    } else this.#message(inside, value as Message, isOwner);
  }

  #item(plan: MaskPlan | 'any', [key, item]: readonly [string | number, Message], isOwner: boolean): void {
    this.#path.push(key);
    this.#message(plan, item, isOwner);
    this.#path.pop();
  }

  #message(plan: MaskPlan | 'any', message: Message, isOwnerAround: boolean): void {
    if (plan === 'any') {
      this.#any(message as Any, isOwnerAround);
      return;
    }
    const isOwner = this.isOwner(plan, message, isOwnerAround);
    for (const step of plan.steps) this.field(step, message, isOwner);
  }

  #any(any: Any, isOwnerAround: boolean): void {
    const message = anyUnpack(any, this.#types);
    const type = message === undefined ? undefined : this.#types.getMessage(message.$typeName);
    if (message === undefined || type === undefined) return;
    // An `Any` in an `Any` has its JSON form beside the type, all others have their fields there.
    if (isAny(type)) this.#item('any', ['value', message], isOwnerAround);
    else {
      const plan = maskPlan(type, this.#clearance);
      if (plan !== undefined) this.#message(plan, message, isOwnerAround);
    }
  }
}
