import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '@mainstay/postgres';
import type { Fleet } from './fleet.ts';

interface Entry {
  readonly sequence: number;
  readonly kind: 'authorize' | 'decline' | 'capture' | 'void' | 'refund';
  readonly authorization_id: string;
  readonly reference: string;
  readonly amount_minor: number;
}

/** Calls the card processor with the shop's key; `POST` when there is a body. */
export async function askProcessor<T>(fleet: Fleet, path: string, body?: object): Promise<T> {
  const secrets = JSON.parse(await readFile(join(fleet.dataDir, 'secrets.json'), 'utf8')) as Record<string, string>;
  const { components } = await fleet.status();
  const address = components.find(({ name }) => name === 'card-processor')?.address ?? '';
  const answer = await fetch(new URL(path, address), {
    headers: {
      authorization: `Bearer ${secrets['processor_key']}`,
      ...(body !== undefined && { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
    },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Reads the whole ledger of the card processor: what really happened to money. */
export async function readLedger(fleet: Fleet): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const path = `/v1/ledger?after=${after}&limit=500`;
    const page: { entries: Entry[]; next_after: number | null } = await askProcessor(fleet, path);
    entries.push(...page.entries);
    after = page.next_after;
  }
  return entries;
}

/**
 * Holds the payments of the shop against the processor's ledger and lists what does not fit; empty is right.
 *
 * No effect twice: one authorisation for each reference, one capture, one void and one refund of each authorisation.
 */
export async function auditLedger(fleet: Fleet): Promise<string[]> {
  const wrong: string[] = [];
  const net = new Map<string, number>();
  const seen = new Set<string>();
  for (const { kind, reference, authorization_id: id, amount_minor: amount } of await readLedger(fleet)) {
    const effect = kind === 'authorize' || kind === 'decline' ? `authorize ${reference}` : `${kind} ${id}`;
    if (seen.has(effect)) wrong.push(`twice in the ledger: ${effect}`);
    seen.add(effect);
    const sign = kind === 'capture' ? 1 : kind === 'refund' ? -1 : 0;
    net.set(reference, (net.get(reference) ?? 0) + sign * amount);
  }
  await using database = await openDatabase({
    url: await fleet.databaseUrl('payments'),
    name: 'ledger-audit',
    maxConnections: 1,
  });
  const { rows } = await database.query<{ id: string; order_id: string; net: string }>(
    'select id::text, order_id, (captured_minor_units - refunded_minor_units)::text as net from payments',
  );
  for (const { id, order_id: orderId, net: booked } of rows) {
    const real = net.get(id) ?? net.get(orderId) ?? 0;
    if (String(real) !== booked) wrong.push(`payment ${id} of order ${orderId}: booked ${booked}, ledger ${real}`);
    net.delete(id);
    net.delete(orderId);
  }
  for (const [reference, amount] of net) if (amount !== 0) wrong.push(`ledger: ${amount} of no payment ${reference}`);
  return wrong;
}
