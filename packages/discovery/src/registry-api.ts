import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  DeregisterRequestSchema,
  DeregisterResponse,
  HeartbeatRequestSchema,
  HeartbeatResponse,
  LookupRequestSchema,
  LookupResponse,
  RegisterRequestSchema,
  RegisterResponse,
  WatchResponse,
} from '@mainstay/contracts/mainstay/registry/v1/registry';

/**
 * The registry as this package sees it: five methods of its contract, each with a signal to give up.
 *
 * `@mainstay/rpc` makes one that calls a registry; a registry in the same process can be one itself.
 */
export interface RegistryApi {
  /** Registers, or renews the entry that has this id. */
  register(request: MessageInitShape<typeof RegisterRequestSchema>, signal: AbortSignal): Promise<RegisterResponse>;
  /** Proves life. @throws `not_found` / `INSTANCE_UNKNOWN` when the registry does not know the instance. */
  heartbeat(request: MessageInitShape<typeof HeartbeatRequestSchema>, signal: AbortSignal): Promise<HeartbeatResponse>;
  /** Takes an instance out at once. */
  deregister(
    request: MessageInitShape<typeof DeregisterRequestSchema>,
    signal: AbortSignal,
  ): Promise<DeregisterResponse>;
  /**
   * Sends the full picture, then every change.
   *
   * Shape: complete lists per service; the first message with `synced` ends the first full picture.
   *
   * @param services - services to watch, empty for all.
   */
  watch(services: readonly string[], signal: AbortSignal): AsyncIterable<WatchResponse>;
  /** Routable instances of one service now. */
  lookup(request: MessageInitShape<typeof LookupRequestSchema>, signal: AbortSignal): Promise<LookupResponse>;
}
