import type { DescField, Message, Registry } from '@bufbuild/protobuf';
import { type Any, anyUnpack } from '@bufbuild/protobuf/wkt';
import type { AdmittedRequest } from '../exchange/admitted-request.ts';
import { isAny } from '../transcode/check-well-known.ts';
import { readField } from '../transcode/read-field.ts';
import { typesAround } from '../transcode/types-around.ts';
import { type MaskForm, type MaskPlan, type MaskStep, maskPlan } from './mask-plan.ts';

/** A value that the caller is not shown. */
export interface HiddenValue {
  /** Where it stands in the JSON of the message: proto names, indexes and keys. */
  readonly path: readonly (string | number)[];
  readonly form: MaskForm;
  readonly field: DescField;
  /** The user whom it is about; undefined when the contract does not say. */
  readonly owner: string | undefined;
}

const nothing: readonly HiddenValue[] = [];

/**
 * Finds what of an answer its caller is not shown, from the contract alone.
 *
 * The message is read and never changed: services that share the process may share it. Cost: a look-up when nothing in the
 * type is above the clearance, else one walk over the fields that may be; nothing is allocated for what is shown.
 */
export function findHidden(admitted: AdmittedRequest, message: Message): readonly HiddenValue[] {
  const { route, clearance } = admitted;
  const { output } = route.method;
  const plan = maskPlan(output, clearance);
  if (plan === undefined) return nothing;
  const finder = new Finder(typesAround(output.file), admitted);
  const owner = finder.ownerOf(plan, message, undefined);
  for (const step of plan.steps) {
    if (route.responseField === undefined || step.field === route.responseField) finder.field(step, message, owner);
  }
  return finder.found;
}

class Finder {
  readonly found: HiddenValue[] = [];
  readonly #path: (string | number)[] = [];
  readonly #types: Registry;
  readonly #caller: AdmittedRequest;

  constructor(types: Registry, caller: AdmittedRequest) {
    this.#types = types;
    this.#caller = caller;
  }

  /** Whom a message is about; one that names no owner belongs to whom the message around it belongs. */
  ownerOf({ owner: field }: MaskPlan, message: Message, around: string | undefined): string | undefined {
    return field === undefined ? around : (readField(message, field) as string | undefined);
  }

  field(step: MaskStep, message: Message, owner: string | undefined): void {
    const { field, hiddenFrom, form } = step;
    const value = readField(message, field);
    if (value === undefined) return;
    this.#path.push(field.name);
    if (hiddenFrom === 'everyone' || (hiddenFrom === 'others' && !this.#isCleared(owner)))
      this.found.push({ path: [...this.#path], form, field, owner });
    else this.#inside(step, value, owner);
    this.#path.pop();
  }

  /** Whether the caller is shown personal data of this user, being that user or having a grant for them. */
  #isCleared(owner: string | undefined): boolean {
    const { identity, grants } = this.#caller;
    return owner !== undefined && (owner === identity.userId || grants.some(({ customerId }) => customerId === owner));
  }

  #inside({ field, inside }: MaskStep, value: unknown, owner: string | undefined): void {
    if (inside === undefined) return;
    if (field.fieldKind === 'list') {
      const items = value as readonly Message[];
      for (let index = 0; index < items.length; index++) this.#item(inside, [index, items[index] as Message], owner);
    } else if (field.fieldKind === 'map') {
      for (const entry of Object.entries(value as Readonly<Record<string, Message>>)) this.#item(inside, entry, owner);
    } else this.#message(inside, value as Message, owner);
  }

  #item(plan: MaskPlan | 'any', [key, item]: readonly [string | number, Message], owner: string | undefined): void {
    this.#path.push(key);
    this.#message(plan, item, owner);
    this.#path.pop();
  }

  #message(plan: MaskPlan | 'any', message: Message, around: string | undefined): void {
    if (plan === 'any') {
      this.#any(message as Any, around);
      return;
    }
    const owner = this.ownerOf(plan, message, around);
    for (const step of plan.steps) this.field(step, message, owner);
  }

  #any(any: Any, around: string | undefined): void {
    const message = anyUnpack(any, this.#types);
    const type = message === undefined ? undefined : this.#types.getMessage(message.$typeName);
    if (message === undefined || type === undefined) return;
    // An `Any` in an `Any` has its JSON form beside the type, all others have their fields there.
    if (isAny(type)) this.#item('any', ['value', message], around);
    else {
      const plan = maskPlan(type, this.#caller.clearance);
      if (plan !== undefined) this.#message(plan, message, around);
    }
  }
}
