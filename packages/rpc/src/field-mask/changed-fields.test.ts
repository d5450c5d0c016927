import { create } from '@bufbuild/protobuf';
import { UpdateUserRequestSchema } from '@mainstay/contracts/users/v1/users';
import { isPlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { changedFields } from './changed-fields.ts';

const changeable = ['email', 'first_name', 'address'];

test('takes the 2 fields that are set when there is no mask', () => {
  const request = create(UpdateUserRequestSchema, { email: 'a@b.test', firstName: 'A', lastName: 'not changeable' });

  const changed = changedFields(UpdateUserRequestSchema, request, { mask: undefined, changeable });

  expect([...changed]).toEqual(['email', 'first_name']);
});

test('takes only the field of the mask when 2 are set', () => {
  const request = create(UpdateUserRequestSchema, {
    email: 'a@b.test',
    firstName: 'A',
    updateMask: { paths: ['first_name'] },
  });

  const changed = changedFields(UpdateUserRequestSchema, request, { mask: request.updateMask, changeable });

  expect([...changed]).toEqual(['first_name']);
});

test('names a clearable field that is not set, so that it is cleared', () => {
  const request = create(UpdateUserRequestSchema, { updateMask: { paths: ['address'] } });
  const options = { mask: request.updateMask, changeable, clearable: ['address'] };

  expect([...changedFields(UpdateUserRequestSchema, request, options)]).toEqual(['address']);
});

test('refuses a mask that names nothing', () => {
  const request = create(UpdateUserRequestSchema, { firstName: 'A', updateMask: { paths: [] } });

  expect(() => changedFields(UpdateUserRequestSchema, request, { mask: request.updateMask, changeable })).toThrow(
    expect.objectContaining({
      violations: [expect.objectContaining({ field: 'update_mask', rule: 'field_mask.empty' })],
    }),
  );
});

test('refuses an unknown path and an unset field, both at once', () => {
  const request = create(UpdateUserRequestSchema, { updateMask: { paths: ['roles', 'email'] } });

  let thrown: unknown;
  try {
    changedFields(UpdateUserRequestSchema, request, { mask: request.updateMask, changeable });
  } catch (error) {
    thrown = error;
  }

  if (!isPlatformError(thrown, 'REQUEST_INVALID')) throw thrown;
  expect(thrown.violations.map(({ field, rule }) => `${field} ${rule}`)).toEqual([
    'update_mask field_mask.unknown',
    'email required',
  ]);
});
