import { PlatformError } from '@mainstay/kernel';
import { serviceReasons } from '../errors.ts';

/** What happens at a fault point. */
export interface FaultRule {
  /** Name of the point, for example `saga.after-call:reserve`. */
  readonly name: string;
  readonly action: { readonly kind: 'kill' } | { readonly kind: 'delay'; readonly delayMs: number };
  /** Only at the n-th time, from 1; undefined: every time. */
  readonly atCount: number | undefined;
}

const ruleShape = /^(?<name>[^=,@\s]+)=(?:(?<kill>kill)|delay:(?<delay>\d{1,6}))(?:@(?<at>[1-9]\d{0,6}))?$/;

/**
 * Reads `name=kill,name2=delay:500,name3=kill@2`.
 *
 * @returns one rule per part, in order; empty for blank text.
 * @throws {@link PlatformError} `invalid_argument` / `FAULT_POINTS_REFUSED` naming the part that cannot be read.
 */
export function parseFaultPoints(text: string): readonly FaultRule[] {
  if (text.trim() === '') return [];
  return text.split(',').map((part) => {
    const groups = ruleShape.exec(part.trim())?.groups;
    if (groups === undefined) {
      const message = `MAINSTAY_FAULT_POINTS: ${JSON.stringify(part.trim())} is not name=kill or name=delay:<ms>, with @<n> or without`;
      throw new PlatformError(serviceReasons.FAULT_POINTS_REFUSED, message);
    }
    const { name = '', delay, at } = groups;
    return {
      name,
      action: delay === undefined ? { kind: 'kill' } : { kind: 'delay', delayMs: Number(delay) },
      atCount: at === undefined ? undefined : Number(at),
    };
  });
}
