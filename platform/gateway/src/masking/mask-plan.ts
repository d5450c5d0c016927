import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { type FieldSensitivity, fieldSensitivity, ownerField } from '@mainstay/rpc';
import { isAbove, ownerClearance } from '../identity/clearance.ts';
import { isAny } from '../transcode/check-well-known.ts';

/** How a hidden value is shown: text in part, as `***`, or not at all. */
export type MaskForm = 'partly' | 'covered' | 'absent';

/** A field to look at: because it is hidden, or because something in it may be. */
export interface MaskStep {
  readonly field: DescField;
  /** From whom its value is hidden. */
  readonly hiddenFrom: 'nobody' | 'others' | 'everyone';
  readonly form: MaskForm;
  /** Plan for the messages in it; `any` when their type is known with the value only. */
  readonly inside: MaskPlan | 'any' | undefined;
}

/** What is hidden in messages of one type from callers of one clearance. */
export interface MaskPlan {
  /** Says who counts as owner; undefined leaves it to the message around. */
  readonly owner: DescField | undefined;
  readonly steps: readonly MaskStep[];
}

const plans = new WeakMap<DescMessage, Map<FieldSensitivity, MaskPlan | undefined>>();

/**
 * Finds what is hidden in messages of a type from a clearance; compiled at the first time.
 *
 * @returns undefined when nothing is, at any depth.
 */
export function maskPlan(message: DescMessage, clearance: FieldSensitivity): MaskPlan | undefined {
  let known = plans.get(message);
  if (known === undefined) {
    known = new Map();
    plans.set(message, known);
  }
  if (known.has(clearance)) return known.get(clearance);
  if (!mayHide(message, clearance, new Set())) {
    known.set(clearance, undefined);
    return undefined;
  }
  const steps: MaskStep[] = [];
  const plan = { owner: ownerField(message), steps };
  // Stands while the fields are visited, so that messages that contain themselves end.
  known.set(clearance, plan);
  for (const field of message.fields) {
    const step = maskStep(field, clearance);
    if (step.hiddenFrom !== 'nobody' || step.inside !== undefined) steps.push(step);
  }
  return plan;
}

function maskStep(field: DescField, clearance: FieldSensitivity): MaskStep {
  const sensitivity = fieldSensitivity(field);
  const isHidden = isAbove(sensitivity, clearance);
  const isSecret = isAbove(sensitivity, ownerClearance);
  return {
    field,
    hiddenFrom: isHidden ? (isSecret ? 'everyone' : 'others') : 'nobody',
    form: isText(field) ? (isSecret ? 'covered' : 'partly') : 'absent',
    inside: insideOf(field.message, clearance),
  };
}

function insideOf(message: DescMessage | undefined, clearance: FieldSensitivity): MaskStep['inside'] {
  if (message === undefined) return undefined;
  return isAny(message) ? 'any' : maskPlan(message, clearance);
}

/** Whether a message may hold, at any depth, what is above a clearance. */
function mayHide(message: DescMessage, clearance: FieldSensitivity, visited: Set<DescMessage>): boolean {
  if (isAny(message)) return true;
  if (visited.has(message)) return false;
  visited.add(message);
  return message.fields.some(
    (field) =>
      isAbove(fieldSensitivity(field), clearance) ||
      (field.message !== undefined && mayHide(field.message, clearance, visited)),
  );
}

function isText({ scalar, message }: DescField): boolean {
  return scalar === ScalarType.STRING || message?.typeName === 'google.protobuf.StringValue';
}
