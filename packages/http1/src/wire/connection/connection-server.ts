import type { HttpServerOptions } from '../../http-server.ts';
import type { AnswerTails } from '../answer/answer-tails.ts';

/** What connections have of their server. */
export interface ConnectionServer {
  readonly options: HttpServerOptions;
  readonly tails: AnswerTails;
  /** Whether each answer is the last of its connection. */
  readonly isQuiet: boolean;
}
