import { codes, defineReasons, PlatformError } from '@mainstay/kernel';

/** Fails the call of the lab when its text is `fail-` and a code. */
export function failWith({ text = '' }: { readonly text?: string }): void {
  const code = codes.find((candidate) => text === `fail-${candidate}`);
  if (code === undefined) return;
  const { LAB_FAILED } = defineReasons({
    LAB_FAILED: { code, executed: 'no', retry: 'never', summary: 'Asked for by a test', operator: 'Nothing' },
  });
  throw new PlatformError(LAB_FAILED, 'the test asked for it');
}
