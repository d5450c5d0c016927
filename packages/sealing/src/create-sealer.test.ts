import { isPlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { createSealer } from './create-sealer.ts';

const sealer = createSealer({ keyHex: '0f'.repeat(32), purpose: 'test secret' });

test('a sealed text opens for its owner, reads as nothing, and is sealed differently each time', () => {
  const [one, two] = [sealer.seal('tok_visa ✓', 'user-1'), sealer.seal('tok_visa ✓', 'user-1')];

  expect(sealer.open(one, 'user-1')).toBe('tok_visa ✓');
  expect(one.toString('latin1')).not.toContain('tok_');
  expect(one.equals(two)).toBe(false);
});

test.each<[string, () => string]>([
  ['another owner', () => sealer.open(sealer.seal('x', 'user-1'), 'user-2')],
  [
    'another key',
    () => createSealer({ keyHex: 'f0'.repeat(32), purpose: 'test secret' }).open(sealer.seal('x', 'a'), 'a'),
  ],
  [
    'another purpose',
    () => createSealer({ keyHex: '0f'.repeat(32), purpose: 'other' }).open(sealer.seal('x', 'a'), 'a'),
  ],
  [
    'a changed bit',
    () =>
      sealer.open(
        sealer.seal('secret', 'a').map((byte, i) => (i === 30 ? byte ^ 1 : byte)),
        'a',
      ),
  ],
  ['half of the bytes', () => sealer.open(sealer.seal('secret', 'a').subarray(0, 20), 'a')],
  ['no bytes', () => sealer.open(new Uint8Array(), 'a')],
])('%s does not open it, and the error shows no secret', (_, open) => {
  let thrown: unknown;
  try {
    open();
  } catch (error) {
    thrown = error;
  }

  if (!isPlatformError(thrown, 'SEAL_BROKEN')) throw thrown;
  expect(thrown.message).not.toContain('secret of secret');
  expect(thrown.message).not.toContain('0f0f');
});

test('fingerprints are equal for equal content and differ by key and purpose', () => {
  const same = createSealer({ keyHex: '0f'.repeat(32), purpose: 'test secret' });
  const other = createSealer({ keyHex: '0f'.repeat(32), purpose: 'other' });

  expect(sealer.fingerprint('a').equals(same.fingerprint(Buffer.from('a')))).toBe(true);
  expect(sealer.fingerprint('a').equals(other.fingerprint('a'))).toBe(false);
});

test.each(['', '0f', 'zz'.repeat(32), '0F'.repeat(32)])('the key %j is refused without being shown', (keyHex) => {
  let message = '';
  try {
    createSealer({ keyHex, purpose: 'x' });
  } catch (error) {
    message = (error as Error).message;
  }

  expect(message).toContain('64 lower-case hex digits');
  if (keyHex !== '') expect(message).not.toContain(keyHex);
});
