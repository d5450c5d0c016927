import { expect, test } from 'vitest';
import { isUuid, uuidv7 } from './ids.ts';

test('an id is a version 7 UUID of variant 10', () => {
  const id = uuidv7();

  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(isUuid(id)).toBe(true);
});
