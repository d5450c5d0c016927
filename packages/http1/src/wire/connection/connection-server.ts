import type { Duplex } from 'node:stream';
import type { HttpServerOptions } from '../../http-server.ts';
import type { AnswerTails } from '../answer/answer-tails.ts';

/** What a connection needs of a socket; `net.Socket` has it. */
export interface ConnectionSocket extends Duplex {
  readonly remoteAddress?: string | undefined;
}

/** What connections have of their server. */
export interface ConnectionServer {
  readonly options: HttpServerOptions;
  readonly tails: AnswerTails;
  /** Whether each answer is the last of its connection. */
  readonly isQuiet: boolean;
}
