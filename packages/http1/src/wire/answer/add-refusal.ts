import type { HttpServerOptions } from '../../http-server.ts';
import type { Fault } from '../fault.ts';
import { renderHead } from './answer-head.ts';
import type { AnswerTails } from './answer-tails.ts';
import type { Outlet } from './outlet.ts';
import { addWholeAnswer } from './whole-answer.ts';

/** Puts what is answered to bytes that are no request into an outlet; it is the last answer of its connection. */
export function addRefusal(
  outlet: Outlet,
  { options, tails }: { readonly options: HttpServerOptions; readonly tails: AnswerTails },
  fault: Fault,
): void {
  const { head, body } = options.onFault(fault.kind, fault.detail);
  const { status } = head;
  // With content whatever the method may have been: nothing certain is known of it.
  addWholeAnswer(outlet, { method: '', status, start: renderHead(head), tail: tails.close }, body);
}
