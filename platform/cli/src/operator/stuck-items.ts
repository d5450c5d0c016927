import type { ListStuckWorkResponse, StuckItem } from '@mainstay/contracts/mainstay/operations/v1/stuck_work';
import { orDash, printRows, shorten, showAge } from '../output/rows.ts';
import type { Terminal } from '../output/terminal.ts';
import type { Answer } from './ask-all.ts';

/** Something that does not get on, and where. */
export interface PlacedItem {
  readonly service: string;
  readonly item: StuckItem;
}

/** The items of all answers: what needs a person first, then the oldest. */
export function worstFirst(answers: readonly Answer<ListStuckWorkResponse>[]): readonly PlacedItem[] {
  return answers
    .flatMap(({ service, answer }) => answer.items.map((item) => ({ service, item })))
    .sort((a, b) => Number(b.item.needsPerson) - Number(a.item.needsPerson) || Number(b.item.ageMs - a.item.ageMs));
}

/** Prints the items as a table, and below it what is to be done where one command does it. */
export function printStuckItems(terminal: Terminal, items: readonly PlacedItem[]): void {
  printRows(terminal, items.map(rowOf), {
    head: ['SERVICE', 'KIND', 'ID', 'TYPE', 'SUBJECT', 'AGE', 'ATTEMPTS', 'REASON', 'NEEDS', 'ACTIONS'],
    none: 'nothing is stuck',
    styles: { NEEDS: (cell) => (cell === 'a person' ? 'bad' : undefined) },
  });
  for (const { service, item } of items) {
    if (item.command === '') continue;
    terminal.line();
    terminal.line(`${item.id} of ${service}: ${item.message}:`);
    terminal.line(`  ${item.command} --service ${service} --reason …`);
  }
}

function rowOf({ service, item }: PlacedItem): readonly string[] {
  const { kind, id, type, subject, since, attempts, reason, needsPerson, actions } = item;
  return [
    service,
    kind,
    id,
    orDash(type),
    orDash(subject),
    showAge(since),
    String(attempts),
    shorten(orDash(reason), 30),
    needsPerson ? 'a person' : 'time',
    orDash(actions.join(' ')),
  ];
}
