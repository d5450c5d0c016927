import { create } from '@bufbuild/protobuf';
import { Cancellation } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { KindsService } from '../../test/kinds-service.ts';
import { Metadata } from '../engine/metadata.ts';
import { LocalAttempt, type LocalOrigin } from './local-attempt.ts';

test('headers are made once, when somebody reads them', () => {
  const { unary } = KindsService.method;
  const payload = create(unary.input);
  let made = 0;
  const origin: LocalOrigin = Object.assign(new Cancellation(), {
    request: { method: unary, payload },
    dueAtMs: 9,
    startedAtMs: 5,
    headers() {
      made += 1;
      return new Metadata(['a', '1']);
    },
  });
  const attempt = new LocalAttempt(origin, payload, { kind: 'service', roles: [] });

  expect([made, attempt.method, attempt.local.startedAtMs, attempt.local.dueAtMs]).toEqual([0, unary, 5, 9]);
  attempt.header.append('b', '2');

  expect(attempt.header.flat()).toEqual(['a', '1', 'b', '2']);
  expect(made).toBe(1);
});
