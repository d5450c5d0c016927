import type { DescMessage, DescService } from '@bufbuild/protobuf';
import type { ConfigDefinition } from '@mainstay/config';
import type { BalancerStrategy, BalancingPolicyInput } from '@mainstay/discovery';
import { type fixedPorts, optionError } from '@mainstay/kernel';
import type { MigrationDirectory } from '@mainstay/postgres';
import type { RunningService } from './running-service.ts';
import type { ServiceContext } from './service-context.ts';

/** The database a service owns: one of its own, reached as its own role. */
export interface DatabaseDeclaration {
  /** Folders of numbered SQL files, applied in this order before the service starts; the packages' own first. */
  readonly migrations: readonly MigrationDirectory[];
  /** Whether it also runs without one, where no address is configured, and is ready while its database is away; default false. */
  readonly optional?: boolean;
}

/**
 * What a service is, apart from where it runs: alone in a process, with others in one, or many times over.
 *
 * Shape: `name` is unique in a fleet and is the section of its configuration, the name it registers under, and the
 * first word of its protobuf package (`orders` → `orders.v1.OrdersService`).
 */
export interface ServiceDefinition<C extends ConfigDefinition = ConfigDefinition> {
  readonly name: string;
  /** Version of the code, put into the registry's metadata; `MAINSTAY_VERSION` wins over it. */
  readonly version: string;
  /** The keys it reads; its `name` is the service's. */
  readonly config: C;
  /** Absent when it stores nothing; then `context.database` throws. */
  readonly database?: DatabaseDeclaration;
  /**
   * Events it tells, from its contract; needs a database with `leaseMigrations` and `outboxMigrations`. What it listens to
   * comes from `start`.
   */
  readonly tells?: readonly DescMessage[];
  /** Services it calls; they are looked up and watched from the start. Others are looked up at the first call. */
  readonly calls?: readonly DescService[];
  /** Whether it watches every service of the fleet, also those that nobody named, default false. */
  readonly watchesAll?: boolean;
  /**
   * How calls to a service, by its name, are spread over its instances; default `round_robin` with the defaults of a
   * policy. The name of a strategy is that strategy alone, without ejection and slow start.
   */
  readonly balancing?: Readonly<Record<string, BalancerStrategy | BalancingPolicyInput>>;
  /** Whether it puts circuits of its own around its calls, so that the host puts none; default false. */
  readonly protectsCalls?: boolean;
  /** Whether it is announced in the registry, default true. */
  readonly register?: boolean;
  /** Takes this fixed port, moved by the offset, for gRPC instead of a free one; only the registry needs it. */
  readonly grpcPort?: keyof typeof fixedPorts;
  /** Builds the service; called once per start, after the migrations and before anything listens. */
  start(context: ServiceContext<C>): Promise<RunningService>;
}

const nameShape = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * Declares a service.
 *
 * Nothing runs until {@link hostProcess} or {@link startHost} is given the definition.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for a name that is no DNS label, an empty
 * version, a configuration section of another name, or events to tell without a database.
 * @example
 * export const ordersService = defineService({
 *   name: 'orders', version: '0.1.0', config: ordersConfig, database: { migrations: [migrations] },
 *   calls: [UsersService], async start(context) { return { bindings: [bindService(OrdersService, createOrders(context))] }; },
 * });
 */
export function defineService<const C extends ConfigDefinition>(
  definition: ServiceDefinition<C>,
): ServiceDefinition<C> {
  if (!nameShape.test(definition.name)) {
    throw optionError('service.name', 'lower-case letters, digits and dashes, first a letter', definition.name);
  }
  if (definition.version === '') throw optionError('service.version', 'not empty', definition.version);
  if (definition.config.name !== definition.name) {
    throw optionError('service.config', `a configuration named ${definition.name}`, definition.config.name);
  }
  if (definition.tells !== undefined && definition.database === undefined) {
    throw optionError(
      'service.tells',
      'left out without a database',
      definition.tells.map(({ typeName }) => typeName),
    );
  }
  return Object.freeze({ ...definition });
}
