import type { Clock } from '@mainstay/kernel';
import type { Endpoint } from '../endpoint.ts';
import type { EndpointFilter } from './choose-endpoints.ts';

/** Answers that hold until the list they come from changes or an endpoint's time aside is over. */
export interface AnswerCache {
  /** The answer to a question, made again when `endpoints` is another list or the last answer's time is over. */
  get(
    asked: { readonly service: string; readonly filter: EndpointFilter | undefined },
    endpoints: readonly Endpoint[],
    make: () => { readonly chosen: readonly Endpoint[]; readonly untilMs: number },
  ): readonly Endpoint[];
  forget(service: string): void;
}

interface Answer {
  readonly from: readonly Endpoint[];
  readonly chosen: readonly Endpoint[];
  readonly untilMs: number;
}

/** Makes an empty cache: a balancer compiles a list once, so the same answer must be the same array. */
export function createAnswerCache(clock: Clock): AnswerCache {
  const answers = new Map<string, WeakMap<EndpointFilter, Answer>>();
  return {
    get({ service, filter = everything }, endpoints, make) {
      let ofService = answers.get(service);
      if (ofService === undefined) {
        ofService = new WeakMap();
        answers.set(service, ofService);
      }
      const known = ofService.get(filter);
      if (known !== undefined && known.from === endpoints) {
        if (known.untilMs === Number.POSITIVE_INFINITY || clock.monotonicMs() < known.untilMs) return known.chosen;
      }
      const answer = { from: endpoints, ...make() };
      ofService.set(filter, answer);
      return answer.chosen;
    },
    forget: (service) => void answers.delete(service),
  };
}

const everything: EndpointFilter = Object.freeze({});
