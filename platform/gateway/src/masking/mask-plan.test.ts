import { create } from '@bufbuild/protobuf';
import { ListProductsResponseSchema } from '@mainstay/contracts/products/v1/products';
import { anonymousIdentity } from '@mainstay/kernel/context';
import { expect, it } from 'vitest';
import { PersonSchema } from '../../test/contracts/gen/lab/v1/lab_pb.ts';
import { Person } from '../../test/lab.ts';
import type { AdmittedRequest } from '../exchange/admitted-request.ts';
import { encodeAnswer } from './encode-answer.ts';
import { maskPlan } from './mask-plan.ts';

it('there is no plan where nothing is above the clearance, and one for each clearance where something is', () => {
  expect(maskPlan(ListProductsResponseSchema, 'low')).toBeUndefined();
  const plan = maskPlan(Person, 'low');

  expect(maskPlan(Person, 'low')).toBe(plan);
  expect(plan?.owner?.name).toBe('user_id');
  const hidden = (clearance: 'low' | 'medium'): unknown =>
    maskPlan(Person, clearance)?.steps.flatMap(({ field, hiddenFrom }) => (hiddenFrom === 'nobody' ? [] : field.name));
  expect(hidden('low')).toEqual(expect.arrayContaining(['email', 'secret', 'notes']));
  expect(hidden('medium')).toEqual(['secret']);
});

it('a message that contains itself is masked at every depth', () => {
  const friends = maskPlan(Person, 'low')?.steps.find(({ field }) => field.name === 'friends');

  expect(friends?.inside).toBe(maskPlan(Person, 'low'));
});

it('an answer that the service shares is not changed', () => {
  const message = create(PersonSchema, { email: 'jane@example.com', nicknames: ['Jay'] });
  Object.freeze(message.nicknames);
  Object.freeze(message);
  const route = { method: { output: Person }, responseField: undefined };
  const admitted = { route, clearance: 'low', identity: anonymousIdentity, grants: [] } as unknown as AdmittedRequest;

  expect(JSON.parse(encodeAnswer(admitted, message))).toMatchObject({ email: 'j***@e***.com', nicknames: ['***'] });
  expect(message).toMatchObject({ email: 'jane@example.com', nicknames: ['Jay'] });
});
