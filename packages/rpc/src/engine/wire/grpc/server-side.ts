import type { ServerEngineOptions } from '../../engine.ts';
import type { GatherBudget } from '../../grpc/gather-budget.ts';
import { okStatus } from '../../grpc/status.ts';
import type { PeerIdentity } from '../../tls.ts';
import type { Http2Connection } from '../http2/connection.ts';
import { FixedBlock } from './blocks.ts';

/** What all calls of one connection share. */
export class ServerSide {
  readonly connection: Http2Connection;
  readonly options: ServerEngineOptions;
  readonly gathering: GatherBudget;
  /** Who the caller's process proved to be. */
  readonly peer: PeerIdentity | undefined;
  readonly head = new FixedBlock(answerFields);
  readonly gzipHead = new FixedBlock([...answerFields, ['grpc-encoding', 'gzip']]);
  readonly okTrailers = new FixedBlock(okStatus);

  constructor(
    connection: Http2Connection,
    options: ServerEngineOptions,
    more: { readonly gathering: GatherBudget; readonly peer: PeerIdentity | undefined },
  ) {
    this.connection = connection;
    this.options = options;
    this.gathering = more.gathering;
    this.peer = more.peer;
  }
}

const answerFields = [
  [':status', '200'],
  ['content-type', 'application/grpc+proto'],
] as const;
