import type { ParentMessage } from '@mainstay/service';

/** What a worker said when it was ready. */
export type ReadyMessage = Extract<ParentMessage, { readonly type: 'mainstay.ready' }>;

/** Chooses the worker that speaks for all: whose addresses the parent of the gateway is told. */
export interface Spokesman {
  onReady(message: ReadyMessage): void;
  onEnd(message: ReadyMessage): void;
}

/**
 * Tells of the worker that got ready last, because the ones before it may be about to be replaced; and when it ends, of the one
 * that got ready before it.
 */
export function createSpokesman(tell: (message: ReadyMessage) => void): Spokesman {
  const ready: ReadyMessage[] = [];
  return {
    onReady(message) {
      ready.push(message);
      tell(message);
    },
    onEnd(message) {
      const wasTold = ready.at(-1) === message;
      ready.splice(ready.indexOf(message), 1);
      const next = ready.at(-1);
      if (wasTold && next !== undefined) tell(next);
    },
  };
}
