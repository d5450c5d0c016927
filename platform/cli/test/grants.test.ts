import { expect, test } from 'vitest';
import { json, serve } from './answering-server.ts';
import { runInProcess } from './in-process.ts';

const grant = {
  id: 'g-1',
  user_id: 'helper',
  role: 'support',
  reason: 'case 7',
  granted_by: 'boss',
  customer_id: 'c-1',
  granted_at: '2026-11-28T10:00:00Z',
  expires_at: '2126-11-28T11:00:00Z',
};
const ended = { ...grant, id: 'g-2', expires_at: '2026-11-28T11:00:00Z' };
const takenBack = { ...grant, id: 'g-3', revoked_at: '2026-11-28T10:30:00Z', revoked_by: 'boss' };
const problem = (status: number, reason: string, code: string, detail: string) =>
  json(status, { type: `/errors/${reason}`, status, detail, reason, code, executed: 'no', retry: 'never' });

async function grants(gateway: string, ...args: string[]) {
  const place = ['--gateway', gateway, '--registry', gateway, '--token', 't'];
  return await runInProcess(['grants', ...args, ...place]);
}

test('list shows those of all accounts in force, those of one with --all, and how to go on', async () => {
  await using server = await serve(
    json(200, { grants: [grant], next_page_token: 'next' }),
    json(200, { grants: [takenBack, ended], next_page_token: '' }),
    json(200, { grants: [], next_page_token: '' }),
  );

  const first = await grants(server.gateway, 'list', '--limit', '1');
  const all = await grants(server.gateway, 'list', 'helper', '--all', '--page', 'next');
  const none = await grants(server.gateway, 'list', 'nobody');

  expect(server.seen.map(({ request, authorization }) => [request, authorization])).toEqual([
    ['GET /v1/users/-/grants?page_size=1&in_force=true', 'Bearer t'],
    ['GET /v1/users/helper/grants?page_size=50&page_token=next', 'Bearer t'],
    ['GET /v1/users/nobody/grants?page_size=50&in_force=true', 'Bearer t'],
  ]);
  expect(first.stdout).toMatch(/^GRANT +ACCOUNT +ROLE +CUSTOMER +STATE +ENDS +BY +REASON\n/);
  expect(first.stdout).toMatch(/^g-1 +helper +support +c-1 +in force +2126-11-28 11:00:00.000Z +boss +case 7$/m);
  expect(first.stdout).toContain('more: --page next\n');
  expect(all.stdout).toMatch(/^g-3 .* taken back .*\ng-2 .* ended /m);
  expect(all.stdout).not.toContain('more:');
  expect(none.stdout).toBe('no grant is in force; --all lists ended ones\n');
});

test('give is for the customer that is named, or whose order is named, for an hour unless it is said', async () => {
  await using server = await serve(json(201, grant), json(200, { id: 'o-1', user_id: 'c-1' }), json(201, grant));

  const given = await grants(server.gateway, 'give', 'helper', '--customer', 'c-1', '--reason', 'case 7');
  const order = ['--order', 'o-1', '--for', '2h'];
  const byOrder = await grants(server.gateway, 'give', 'helper', ...order, '--reason', 'lost', '--json');

  const wish = { user_id: 'helper', role: 'support', customer_id: 'c-1' };
  expect(given.stdout).toBe(
    'helper has the role support for the customer c-1 until 2126-11-28 11:00:00.000Z, with its next token\n',
  );
  expect(JSON.parse(byOrder.stdout)).toMatchObject(grant);
  expect(server.seen.map(({ request, body }) => [request, body === '' ? undefined : JSON.parse(body)])).toEqual([
    ['POST /v1/users/helper/grants', { ...wish, reason: 'case 7', duration_seconds: 3_600 }],
    ['GET /v1/orders/o-1', undefined],
    ['POST /v1/users/helper/grants', { ...wish, reason: 'lost', duration_seconds: 7_200 }],
  ]);
});

test('revoke says how long it may still count', async () => {
  await using server = await serve(json(200, takenBack));

  const { stdout } = await grants(server.gateway, 'revoke', 'helper', 'g-3');

  expect(server.seen[0]?.request).toBe('POST /v1/users/helper/grants/g-3:revoke');
  expect(stdout).toBe('grant g-3 is taken back; tokens that have it end within 5 minutes\n');
});

test('what is refused says what to do: no administrator, an address for an id, an unknown grant, a wrong command line', async () => {
  await using server = await serve(
    problem(403, 'ROLE_REQUIRED', 'permission_denied', 'this route is for the role admin'),
    problem(404, 'USER_NOT_FOUND', 'not_found', 'user "a@b.example" was not found'),
    problem(404, 'ROLE_GRANT_UNKNOWN', 'not_found', 'the account has no grant "x" in force'),
  );
  const give = ['give', 'a@b.example', '--reason', 'case 7'];

  const said = [
    await grants(server.gateway, 'list'),
    await grants(server.gateway, ...give, '--customer', 'c-1'),
    await grants(server.gateway, 'revoke', 'helper', 'x'),
    await grants(server.gateway, ...give),
    await grants(server.gateway, ...give, '--customer', 'c-1', '--order', 'o-1'),
    await grants(server.gateway, ...give, '--customer', 'c-1', '--for', '8d'),
  ];

  expect(said.map(({ code, stderr }) => [code, stderr])).toEqual([
    [1, expect.stringMatching(/^mainstay: this account is no administrator; sign in with/)],
    [1, expect.stringMatching(/was not found; accounts are named by their ids, not by e-mail addresses\n$/)],
    [1, expect.stringMatching(/in force; list them with `mainstay grants list <account> --all`\n$/)],
    [1, expect.stringMatching(/name who is helped, by --customer or by --order/)],
    [1, expect.stringMatching(/name who is helped, by --customer or by --order/)],
    [1, expect.stringMatching(/It must be from 1m to 7d/)],
  ]);
});
