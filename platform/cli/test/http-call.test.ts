import { EventAdminService } from '@mainstay/contracts/mainstay/operations/v1/events';
import { SagaAdminService, SagaStatus } from '@mainstay/contracts/mainstay/operations/v1/sagas';
import { expect, test } from 'vitest';
import { callMethod, streamMethod } from '../src/operator/http-call.ts';
import { json, serve } from './answering-server.ts';

const { listSagas, retrySaga } = SagaAdminService.method;

test('a read puts path fields into the path and the rest, lists too, into the query, with token and key', async () => {
  await using server = await serve(json(200, { sagas: [{ id: 'sg_1', new_field: 1 }], next_page_token: 'n' }));
  const statuses = [SagaStatus.RUNNING, SagaStatus.COMPENSATING];
  const request = { service: 'orders', statuses, subject: 'a/b c', minAgeMs: 5n };
  const { sagas, nextPageToken } = await callMethod(listSagas, request, { ...server, token: 't', apiKey: 'k' });

  expect([sagas[0]?.id, nextPageToken]).toEqual(['sg_1', 'n']);
  expect(server.seen).toEqual([
    {
      request:
        'GET /v1/operations/orders/sagas?statuses=SAGA_STATUS_RUNNING&statuses=SAGA_STATUS_COMPENSATING&subject=a%2Fb+c&min_age_ms=5',
      authorization: 'Bearer t',
      key: 'k',
      body: '',
    },
  ]);
});

test('an action is a POST whose body says all; what must stand in the path is escaped', async () => {
  await using server = await serve(json(200, {}));
  await callMethod(retrySaga, { service: 'orders', id: 'a/b', reason: 'why' }, { ...server, token: 't' });
  expect(server.seen).toMatchObject([
    { request: 'POST /v1/operations/orders/sagas/a%2Fb:retry', body: '{"service":"orders","id":"a/b","reason":"why"}' },
  ]);
});

test('a refusal by the limit is waited out once; a second one and any other problem are the error', async () => {
  const limited = json(429, { reason: 'RATE_LIMITED', code: 'resource_exhausted', retry: 'after', retry_after_ms: 1 });
  const request = { service: 'orders' };
  await using patient = await serve(limited, json(200, {}));
  await callMethod(listSagas, request, { ...patient, token: 't' });
  expect(patient.seen).toHaveLength(2);

  await using strict = await serve(limited, limited);
  await expect(callMethod(listSagas, request, { ...strict, token: 't' })).rejects.toMatchObject({
    reason: 'RATE_LIMITED',
  });
  await using refusing = await serve(
    json(409, { reason: 'SAGA_ACTION_INVALID', code: 'failed_precondition', detail: 'it has ended' }),
  );
  await expect(callMethod(listSagas, request, { ...refusing, token: 't' })).rejects.toMatchObject({
    reason: 'SAGA_ACTION_INVALID',
    rawMessage: 'it has ended',
  });
});

test('a gateway that does not answer is named, with what to do', async () => {
  const server = await serve();
  await server[Symbol.asyncDispose]();
  await expect(callMethod(listSagas, { service: 'orders' }, { ...server, token: 't' })).rejects.toMatchObject({
    reason: 'CLI_GATEWAY_UNREACHABLE',
    rawMessage: `${server.gateway} does not answer; look with \`mainstay status\` whether it runs`,
  });
});

test('a stream gives each line as it comes, passes over signs of life, and throws the problem that ends it', async () => {
  const line = (position: number) =>
    `${JSON.stringify({ event: { subject: `o${position}` }, position: `${position}` })}\n`;
  await using server = await serve((response) => {
    response.write(line(1));
    response.write(`\n${line(2).slice(0, 9)}`);
    response.write(line(2).slice(9));
    response.end(`{"@problem":{"reason":"GATEWAY_DRAINING","code":"unavailable","detail":"the gateway stops"}}\n`);
  });
  const { signal } = new AbortController();
  const request = { service: 'orders', after: 0n };
  const seen: string[] = [];
  const read = async () => {
    for await (const { event, position } of streamMethod(EventAdminService.method.tailEvents, request, {
      ...server,
      token: 't',
      signal,
    })) {
      seen.push(`${event?.subject} ${position}`);
    }
  };
  await expect(read()).rejects.toMatchObject({ reason: 'GATEWAY_DRAINING' });
  expect(seen).toEqual(['o1 1', 'o2 2']);
  expect(server.seen[0]?.request).toBe('GET /v1/operations/orders/events:tail?after=0');
});

test('a stream that is cut off in the middle says so', async () => {
  await using server = await serve((response) => {
    response.write('{"position":"1"}\n');
    setImmediate(() => response.destroy());
  });
  const { signal } = new AbortController();
  const stream = streamMethod(
    EventAdminService.method.tailEvents,
    { service: 'orders' },
    { ...server, token: 't', signal },
  );
  const readAll = async () => {
    for await (const _ of stream);
  };
  await expect(readAll()).rejects.toMatchObject({
    reason: 'CLI_GATEWAY_UNREACHABLE',
    rawMessage: `${server.gateway} cut the stream off`,
  });
});
