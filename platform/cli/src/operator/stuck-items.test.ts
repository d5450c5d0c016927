import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { ListStuckWorkResponseSchema } from '@mainstay/contracts/mainstay/operations/v1/stuck_work';
import { expect, test } from 'vitest';
import { recordingTerminal } from '../../test/recording-terminal.ts';
import { printStuckItems, worstFirst } from './stuck-items.ts';

const answerOf = (service: string, ...items: readonly { id: string; needsPerson: boolean; ageMs: bigint }[]) => ({
  service,
  answer: create(ListStuckWorkResponseSchema, { items: items.map((item) => ({ kind: 'outbox', ...item })) }),
});

test('of two services what needs a person comes first, then the oldest', () => {
  const sorted = worstFirst([
    answerOf('orders', { id: 'young', needsPerson: true, ageMs: 1n }, { id: 'old', needsPerson: false, ageMs: 9n }),
    answerOf('payments', { id: 'middle', needsPerson: false, ageMs: 5n }, { id: 'aged', needsPerson: true, ageMs: 2n }),
  ]);

  expect(sorted.map(({ service, item }) => `${service} ${item.id}`)).toEqual([
    'payments aged',
    'orders young',
    'orders old',
    'payments middle',
  ]);
});

test('below the table stands the command of each item that has one, for its service', () => {
  const terminal = recordingTerminal();
  const missed = {
    kind: 'missed_events',
    id: 'notes/orders',
    since: timestampFromMs(Date.now() - 90_000),
    reason: 'EVENTS_MISSED',
    message: 'the bus has removed 2 events',
    needsPerson: true,
    actions: ['replay'],
    command: 'mainstay events replay notes --source orders --after 3',
  };
  const answer = create(ListStuckWorkResponseSchema, { items: [missed, { kind: 'outbox', id: 'e1' }] });

  printStuckItems(terminal, worstFirst([{ service: 'notes-service', answer }]));

  const [head, first, second, ...below] = terminal.text().trimEnd().split('\n');
  expect(head).toContain('REASON');
  expect(first).toMatch(/missed_events +notes\/orders .* 1m 30s .* EVENTS_MISSED +a person +replay/);
  expect(second).toMatch(/outbox +e1 /);
  expect(below).toEqual([
    '',
    'notes/orders of notes-service: the bus has removed 2 events:',
    '  mainstay events replay notes --source orders --after 3 --service notes-service --reason …',
  ]);
});

test('nothing stuck is one sentence', () => {
  const terminal = recordingTerminal();

  printStuckItems(terminal, []);

  expect(terminal.text()).toBe('nothing is stuck\n');
});
