import type { DescService } from '@bufbuild/protobuf';
import type { Client as RpcClient } from '@connectrpc/connect';
import type { Clock } from '@mainstay/kernel';
import type { VersionedClient } from '@mainstay/service';
import type { Protection } from './protection.ts';

/** How services are reached: by clients, through their protection. */
export interface ServiceClients {
  readonly client: <S extends DescService>(service: S) => RpcClient<S>;
  readonly clientOf: <S extends DescService>(service: S, name: string) => Promise<RpcClient<S>>;
  /** One version of a service. */
  readonly clientAt: <S extends DescService>(service: S, version: string) => VersionedClient<S>;
  readonly protection: Protection;
  readonly clock: Clock;
}
