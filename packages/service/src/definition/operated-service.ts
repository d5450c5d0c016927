import type { DescMessage } from '@bufbuild/protobuf';
import type { Bus, Projections } from '@mainstay/messaging';
import type { Database } from '@mainstay/postgres';
import type { SagaEngine } from '@mainstay/saga';
import type { ConsumerDeclaration } from './declarations.ts';
import type { StuckSource } from './stuck-source.ts';

/** What operators see of a saga engine and do with it. */
export type OperatedSagas = Pick<SagaEngine, 'list' | 'read' | 'stuck' | 'act' | 'actions'>;

/** What operators see of projections and do with them. */
export type OperatedProjections = Pick<Projections, 'list' | 'rebuild'>;

/** What operators see of the events of a service and do with them. */
export interface OperatedEvents {
  readonly database: Database;
  /** Undefined when the process knows none. */
  readonly bus: Bus | undefined;
  readonly tells: readonly DescMessage[];
  readonly consumers: readonly Pick<ConsumerDeclaration, 'name' | 'sources' | 'handlers'>[];
}

/** A service of this host with durable work. */
export interface OperatedService {
  readonly name: string;
  readonly sagas: OperatedSagas | undefined;
  readonly events: OperatedEvents;
  readonly projections: OperatedProjections | undefined;
  readonly stuck: readonly StuckSource[];
}
