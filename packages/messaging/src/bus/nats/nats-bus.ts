import type { StreamInfo } from '@nats-io/jetstream';
import type { PublishedEvent } from '../../event/cloud-event.ts';
import type { Bus, BusQuery } from '../bus.ts';
import { eventOf, timeOf } from './event-headers.ts';
import { busUnavailable, isStreamMissing } from './nats-failure.ts';
import type { NatsLink } from './nats-link.ts';
import { ReaderPool } from './reader-pool.ts';
import { SourcePublisher } from './source-publisher.ts';
import { streamNames } from './stream-names.ts';
import { StreamReader } from './stream-reader.ts';

/** How {@link createNatsBus} is set up. */
export interface NatsBusOptions {
  readonly link: NatsLink;
  /** First word of streams and subjects, default `mainstay`; fleets that share a NATS differ in it. */
  readonly prefix?: string;
  /** Servers that keep a copy of each stream that is made, 1 to 5, default 1. One that is there keeps what it has. */
  readonly replicas?: number;
}

/** Clocks of services and NATS may differ by so much when events are looked for by their time. */
const clockSkewMs = 60_000;
const scannedAtOnce = 1_000;

/**
 * Makes a bus of a NATS with JetStream.
 *
 * Each source has a stream, and the sequence of a message is the position of its event. A stream is made when its source
 * tells something for the first time; how long it keeps events is set on the stream, by default for ever.
 *
 * Cost: an answer of the server for 250 events that are published; to read a batch one question, and one more when the
 * reader has come to the end.
 */
export function createNatsBus({ link, prefix = 'mainstay', replicas = 1 }: NatsBusOptions): Bus {
  const names = (source: string) => streamNames(prefix, source);
  const arrivals = `${prefix}.arrivals`;
  const bell = link.bell(arrivals);
  const publishers = new Map<string, SourcePublisher>();
  const readers = new ReaderPool(link);

  const publisherOf = (source: string): SourcePublisher => {
    const present = publishers.get(source) ?? new SourcePublisher(link, names(source), replicas);
    publishers.set(source, present);
    return present;
  };

  const infoOf = async (source: string): Promise<StreamInfo | undefined> => {
    const { stream } = names(source);
    try {
      return await link.answer(() => link.jsm.streams.info(stream));
    } catch (error) {
      if (isStreamMissing(error)) return undefined;
      throw busUnavailable(`does not tell of ${stream}`, error);
    }
  };
  const newest = async (source: string): Promise<bigint> => BigInt((await infoOf(source))?.state.last_seq ?? 0);

  return {
    async publish(publication) {
      const stored = await publisherOf(publication.source).publish(publication);
      if (stored > 0) bell.ring(publication.source);
      return stored;
    },
    async read({ source, after, limit }: BusQuery): Promise<readonly PublishedEvent[]> {
      const messages = await readers.read({ stream: names(source).stream, after: Number(after), limit });
      return messages.map(eventOf);
    },
    async logOf(source) {
      const created = (await infoOf(source))?.created;
      publishers.get(source)?.noteStream(created);
      return created;
    },
    newest,
    async positionBefore(source, time) {
      const from = { time: new Date(time.getTime() - clockSkewMs) };
      const reader = await StreamReader.open(link, { stream: names(source).stream, from, headersOnly: true });
      try {
        for (
          let read = (await reader?.read(scannedAtOnce)) ?? [];
          read.length > 0;
          read = await reader!.read(scannedAtOnce)
        ) {
          const first = read.find((message) => timeOf(message) >= time);
          if (first !== undefined) return BigInt(first.seq - 1);
        }
      } finally {
        reader?.close();
      }
      return await newest(source);
    },
    onArrival: (source, callback) =>
      link.onRing(arrivals, (payload) => {
        if (payload === undefined || payload === source) callback();
      }),
  };
}
