import type { CloudEvent } from '../event/cloud-event.ts';

/** An event that stands in a stream. */
export interface StreamEvent extends CloudEvent {
  readonly stream: string;
  /** Place in its stream, from 1, without gaps. */
  readonly version: bigint;
  /** Who caused it, for example `customer:0192f3c1-…` or `saga`. */
  readonly actor: string;
}
