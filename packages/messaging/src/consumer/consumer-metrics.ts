import type { Clock, Logger, Meter } from '@mainstay/kernel';
import type { PublishedEvent } from '../event/cloud-event.ts';
import { createProgressMetrics } from '../worker/progress-metrics.ts';
import type { InboxKey } from './inbox-store.ts';
import type { Parking } from './parked-store.ts';

/** What a consumer measures and says of one source. */
export interface ConsumerMetrics {
  handled(count: number, last: PublishedEvent): void;
  failed(event: PublishedEvent, parking: Parking): void;
  /** Subjects whose events wait for another attempt. */
  waiting(subjects: number): void;
}

/** Declares the metrics of a consumer. */
export function createConsumerMetrics(
  { consumer, source }: InboxKey,
  { meter, logger, clock }: { readonly meter: Meter; readonly logger: Logger; readonly clock: Clock },
): ConsumerMetrics {
  const labels = { consumer, source };
  const labelNames = ['consumer', 'source'];
  const progress = createProgressMetrics(meter, labels, {
    counter: {
      name: 'mainstay.consumer.handled',
      description: 'Events taken from the bus, those set aside among them',
    },
    delay: {
      name: 'mainstay.consumer.delay',
      description: 'Age of the newest event of a batch when its effect is committed',
    },
  });
  const failed = meter.counter({
    name: 'mainstay.consumer.failed',
    description: 'Attempts that failed; `dead` are those after which nothing more is tried',
    unit: '{attempt}',
    labelNames: [...labelNames, 'outcome'],
  });
  const waiting = meter.gauge({
    name: 'mainstay.consumer.waiting',
    description: 'Subjects whose events wait for another attempt',
    unit: '{subject}',
    labelNames,
  });

  return {
    handled: (count, last) => progress.done(count, clock.nowMs() - last.time.getTime()),
    failed({ id: event, type, subject, position }, { attempts, next, reason, message }) {
      const isDead = next === 'dead';
      failed.add(1, { ...labels, outcome: isDead ? 'dead' : 'retry' });
      const fields = {
        ...labels,
        event,
        type,
        subject,
        position: String(position),
        attempts,
        reason,
        failure: message,
      };
      if (isDead) logger.error('an event became a dead letter', fields);
      else logger.warn('an event could not be handled, trying again', { ...fields, pauseMs: next });
    },
    waiting: (subjects) => waiting.set(subjects, labels),
  };
}
