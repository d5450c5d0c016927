import type { Message } from '@bufbuild/protobuf';

/** What the service answered. */
export interface ServiceAnswer {
  readonly message: Message;
  /** HTTP status that the service asked for; undefined when it named none between 200 and 299. */
  readonly httpStatus: number | undefined;
  /** What the service said of an answer that is not what it should be. */
  readonly degraded: string | undefined;
}
