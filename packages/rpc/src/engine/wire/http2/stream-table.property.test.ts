import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Http2Stream, type StreamEvents } from './stream.ts';
import { StreamTable } from './stream-table.ts';

const deaf: StreamEvents = {
  onHeaders: () => undefined,
  onData: () => undefined,
  onWritable: () => undefined,
  onReset: () => undefined,
};
const streamOf = (id: number): Http2Stream => new Http2Stream(id, deaf, { send: 0, receive: 0 });
const idsOf = (streams: Iterable<Http2Stream>): number[] => [...streams].map(({ id }) => id).sort((a, b) => a - b);

/** Odd ids, some of which share a place in tables of any size up to 4,096. */
const ids = fc.oneof(
  fc.integer({ min: 0, max: 300 }).map((n) => 2 * n + 1),
  fc.integer({ min: 0, max: 40 }).map((n) => 8_192 * n + 1),
  fc.integer({ min: 0, max: 40 }).map((n) => 2 ** 31 - 1 - 2 * n),
);

test('holds what a Map of streams by id would, whatever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ id: ids, isAdded: fc.boolean() }), { maxLength: 600 }), (steps) => {
      const table = new StreamTable();
      const model = new Map<number, Http2Stream>();
      for (const { id, isAdded } of steps) {
        if (!isAdded) {
          table.delete(id);
          model.delete(id);
        } else if (!model.has(id)) {
          const stream = streamOf(id);
          table.add(stream);
          model.set(id, stream);
        }

        expect(table.get(id)).toBe(model.get(id));
      }
      expect(table.size).toBe(model.size);
      expect(idsOf(table.values())).toEqual(idsOf(model.values()));
      for (const [id, stream] of model) expect(table.get(id)).toBe(stream);
    }),
  );
});

test('all of 1,000 streams can be taken out while they are gone through', () => {
  const table = new StreamTable();
  for (let n = 0; n < 1_000; n++) table.add(streamOf(2 * n + 1));

  for (const { id } of table.values()) table.delete(id);

  expect([table.size, table.get(1), table.get(1_999)]).toEqual([0, undefined, undefined]);
});
