import type {
  DescMessage,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import { isPlatformError, PlatformError } from '@mainstay/kernel';
import { serviceNameOf } from '@mainstay/rpc';
import { cliReasons } from '../errors.ts';
import { fleetAddress } from './fleet-address.ts';
import { callMethod, send, streamMethod } from './http-call.ts';
import type { OperatorOptions, SeveralOptions } from './operator-options.ts';
import { accessToken, notSignedIn } from './session.ts';

/** What a service can be asked about. */
export type Ability = 'sagas' | 'events' | 'projections' | 'stuck';

/** A request about one service. */
type About<I extends DescMessage> = MessageInitShape<I> & { readonly service: string };

/** Speaks with the services of a fleet as the one who is signed in. */
export interface Operator {
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: About<I>,
    signal?: AbortSignal,
  ): Promise<MessageShape<O>>;
  /** Calls a method of a contract that one service alone has. */
  callOwner<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>>;
  /** Calls a method that streams answers, until the signal aborts. */
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: About<I>,
    signal: AbortSignal,
  ): AsyncIterable<MessageShape<O>>;
  /** The services that are meant: those of `--service`, else all registered ones with this ability. */
  services(ability: Ability): Promise<readonly string[]>;
}

/** Finds the fleet and the token; makes no call to a service yet. */
export async function openOperator(options: SeveralOptions | OperatorOptions): Promise<Operator> {
  const { gateway, registry } = await fleetAddress(options);
  const token = await accessToken(gateway, options);
  const apiKey = options.apiKey ?? process.env['MAINSTAY_API_KEY'];
  const named = 'service' in options ? options.service : undefined;
  return {
    async call(method, request, signal) {
      try {
        return await callMethod(method, request, { gateway, token, apiKey, ...(signal !== undefined && { signal }) });
      } catch (error) {
        throw withWayOut(error, request.service);
      }
    },
    async callOwner(method, request) {
      try {
        return await callMethod(method, request, { gateway, token, apiKey });
      } catch (error) {
        throw withWayOut(error, serviceNameOf(method.parent));
      }
    },
    async *stream(method, request, signal) {
      try {
        yield* streamMethod(method, request, { gateway, token, apiKey, signal });
      } catch (error) {
        throw withWayOut(error, request.service);
      }
    },
    async services(ability) {
      if (named !== undefined && named.length > 0) return named;
      return await registeredServices(registry, ability);
    },
  };
}

interface Registered {
  readonly name: string;
  readonly instances: readonly { readonly metadata?: Readonly<Record<string, string>> }[];
}

async function registeredServices(registry: string, ability: Ability): Promise<readonly string[]> {
  const response = await send(`${registry}/services`, { signal: AbortSignal.timeout(5_000) });
  if (!response.ok) {
    const message = `the registry at ${registry} answers with ${response.status}; name services with --service`;
    throw new PlatformError(cliReasons.CLI_GATEWAY_UNREACHABLE, message);
  }
  const able = ((await response.json()) as readonly Registered[])
    .filter(({ instances }) =>
      instances.some(({ metadata }) => metadata?.['operations']?.split(',').includes(ability) === true),
    )
    .map(({ name }) => name);
  if (able.length > 0) return able.sort();
  throw new PlatformError(
    cliReasons.CLI_NO_SERVICE,
    `no registered service has ${ability}; look with \`mainstay status\``,
  );
}

function withWayOut(error: unknown, service: string): unknown {
  if (!isPlatformError(error)) return error;
  if (error.code === 'unauthenticated') return notSignedIn(error.rawMessage);
  if (error.reason === 'ROLE_REQUIRED') return notSignedIn('this account is no administrator');
  if (error.reason !== 'NO_INSTANCE') return error;
  const message = `no instance of ${service} is registered; look with \`mainstay status\` which services run`;
  return new PlatformError(cliReasons.CLI_NO_SERVICE, message, { cause: error });
}
