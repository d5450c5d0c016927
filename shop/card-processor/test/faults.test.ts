import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { hold, startProcessor, temporaryDir } from './processor.ts';

test('an error ratio of 1 refuses every call with 503 and does nothing, until it is cleared', async () => {
  await using dir = await temporaryDir();
  await using processor = await startProcessor(dir.path);
  await processor.call('PUT', '/admin/faults', { error_ratio: 1 });
  const refused = await processor.call('POST', '/v1/authorizations', hold('order-1'), { key: 'k' });
  await processor.call('DELETE', '/admin/faults');
  const found = await processor.call('GET', '/v1/authorizations?reference=order-1');

  expect(refused).toMatchObject({ status: 503, body: { error: { code: 'temporarily_unavailable' } } });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(found.body.authorizations).toEqual([]);
});

test('a lost answer is cut off after the effect, which the same key finds again', async () => {
  await using dir = await temporaryDir();
  await using processor = await startProcessor(dir.path);
  await processor.call('PUT', '/admin/faults', { lost_answer_ratio: 1 });
  await expect(processor.call('POST', '/v1/authorizations', hold('order-1'), { key: 'k' })).rejects.toThrow(
    'fetch failed',
  );
  await processor.call('DELETE', '/admin/faults');
  const again = await processor.call('POST', '/v1/authorizations', hold('order-1'), { key: 'k' });

  expect(again.status).toBe(201);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
});

test('down cuts every call but not the faults themselves', async () => {
  await using dir = await temporaryDir();
  await using processor = await startProcessor(dir.path);
  await processor.call('PUT', '/admin/faults', { down: true });
  await expect(processor.call('GET', '/v1/tokens/tok_visa')).rejects.toThrow('fetch failed');
  await processor.call('DELETE', '/admin/faults');

  expect((await processor.call('GET', '/v1/tokens/tok_visa')).status).toBe(200);
});

test('a latency of 250 ms holds a call for 250 ms', async () => {
  await using dir = await temporaryDir();
  const clock = new FakeClock();
  await using processor = await startProcessor(dir.path, { clock });
  await processor.call('PUT', '/admin/faults', { latency_ms: 250 });
  const answer = processor.call('GET', '/v1/tokens/tok_visa');
  await expect.poll(() => clock.nextDueInMs).toBe(250);
  await clock.advance(250);

  expect((await answer).status).toBe(200);
});

test('faults are unknown when not enabled, and refused with 400 when malformed', async () => {
  await using dir = await temporaryDir();
  await using other = await temporaryDir();
  await using closed = await startProcessor(dir.path, { faultsEnabled: false });
  await using open = await startProcessor(other.path);

  expect((await closed.call('PUT', '/admin/faults', { down: true })).status).toBe(404);
  expect((await open.call('PUT', '/admin/faults', { error_ratio: 2 })).status).toBe(400);
  expect((await open.call('GET', '/admin/faults', undefined, { bearer: 'wrong' })).status).toBe(401);
});
