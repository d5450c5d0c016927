import { type Code, defineReasons, PlatformError } from '@mainstay/kernel';

/** Every code that a service may answer with. */
export const failingCodes: readonly Code[] = [
  'canceled',
  'unknown',
  'invalid_argument',
  'deadline_exceeded',
  'not_found',
  'already_exists',
  'permission_denied',
  'resource_exhausted',
  'failed_precondition',
  'aborted',
  'out_of_range',
  'unimplemented',
  'internal',
  'unavailable',
  'data_loss',
  'unauthenticated',
];

/** Fails the call of the lab when its text is `fail-` and a code. */
export function failWith({ text = '' }: { readonly text?: string }): void {
  const code = failingCodes.find((candidate) => text === `fail-${candidate}`);
  if (code === undefined) return;
  const { LAB_FAILED } = defineReasons({
    LAB_FAILED: { code, executed: 'no', retry: 'never', summary: 'Asked for by a test', operator: 'Nothing' },
  });
  throw new PlatformError(LAB_FAILED, 'the test asked for it');
}
