import type { DescService } from '@bufbuild/protobuf';
import type { Client as RpcClient } from '@connectrpc/connect';
import type { Clock } from '@mainstay/kernel';
import type { VersionedClient } from '@mainstay/service';
import type { KeptAnswers } from '../cache/kept-answers.ts';
import type { ClearReads } from '../clear-reads/clear-reads.ts';
import type { VersionRouting } from '../splits/version-routing.ts';
import type { Protection } from './protection.ts';

/** How services are reached. */
export interface ServiceCaller {
  readonly client: <S extends DescService>(service: S) => RpcClient<S>;
  readonly clientOf: <S extends DescService>(service: S, name: string) => Promise<RpcClient<S>>;
  /** One version of a service. */
  readonly clientAt: <S extends DescService>(service: S, version: string) => VersionedClient<S>;
  readonly versions: VersionRouting;
  /** Undefined when none is kept. */
  readonly answers: KeptAnswers | undefined;
  /** Records who is shown personal data by a role. */
  readonly clearReads: ClearReads;
  readonly protection: Protection;
  readonly clock: Clock;
}
