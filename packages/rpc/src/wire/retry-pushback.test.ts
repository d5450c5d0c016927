import { kernelReasons, PlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { toConnectError } from './to-connect-error.ts';

test('a pause of 250.4 ms is sent as a push-back of 251, beside headers of the error’s own; no pause sends none', () => {
  const paused = toConnectError(new PlatformError(kernelReasons.INTERNAL, 'busy', { retryAfterMs: 250.4 }));
  const bare = toConnectError(new PlatformError(kernelReasons.INTERNAL, 'broken', { retry: 'never' }));

  expect(paused.metadata.get('grpc-retry-pushback-ms')).toBe('251');
  expect([...bare.metadata.keys()]).toEqual([]);
});
