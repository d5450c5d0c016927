import { optionError } from '@mainstay/kernel';

/** Refuses an option that is no whole number of at least `min`. */
export function wholeNumber(name: string, value: number, min: number): number {
  if (!Number.isSafeInteger(value) || value < min) throw optionError(name, `an integer of at least ${min}`, value);
  return value;
}

/** Refuses an option that is no finite number above 0. */
export function positive(name: string, value: number): number {
  if (!Number.isFinite(value) || value <= 0) throw optionError(name, 'a number above 0', value);
  return value;
}

/** Refuses an option outside 0 (excluded) to 1. */
export function shareAboveZero(name: string, value: number): number {
  if (!(value > 0 && value <= 1)) throw optionError(name, 'a ratio above 0 and at most 1', value);
  return value;
}
