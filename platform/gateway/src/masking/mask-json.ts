import type { DescField } from '@bufbuild/protobuf';
import type { HiddenValue } from './find-hidden.ts';
import type { MaskForm } from './mask-plan.ts';
import { cover, maskText } from './mask-text.ts';

type Holder = Record<string | number, unknown>;

/**
 * Masks values in the JSON of an answer: text is covered, in lists and maps each, and everything else is left out.
 *
 * @param responseField - the field that is the whole answer; absent means that the message is.
 */
export function maskJson(json: string, hidden: readonly HiddenValue[], responseField: DescField | undefined): string {
  const answer: unknown = JSON.parse(json);
  if (responseField === undefined) {
    hideAll(answer as Holder, hidden);
    return JSON.stringify(answer);
  }
  const holder: Holder = { [responseField.name]: answer };
  hideAll(holder, hidden);
  return JSON.stringify(holder[responseField.name] ?? null);
}

function hideAll(root: Holder, hidden: readonly HiddenValue[]): void {
  for (const { path, form } of hidden) {
    let holder = root;
    for (const key of path.slice(0, -1)) holder = holder[key] as Holder;
    hide(holder, path.at(-1) as string | number, form);
  }
}

function hide(holder: Holder, key: string | number, form: MaskForm): void {
  // A field with presence that is not set reads as its default in the message and is not in the JSON.
  if (!Object.hasOwn(holder, key)) return;
  const value = holder[key];
  if (form === 'absent') delete holder[key];
  else if (typeof value === 'string') holder[key] = form === 'partly' ? maskText(value) : cover(value);
  else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.keys(value)) hide(value as Holder, inner, form);
  }
}
