import { expect, test } from 'vitest';
import { encodeStatusMessage } from './status-message.ts';

test('only the percent sign and what is not printable ASCII is encoded', () => {
  expect(encodeStatusMessage('a/b c?d=1&e 100 % ü\n')).toBe('a/b c?d=1&e 100 %25 %C3%BC%0A');
});
