import { Budget } from '../../faults/budget.ts';

/** Budgets of one connection: frames that cost us more than the peer, or move nothing. */
export interface Budgets {
  /** Streams reset by the peer before their end, or by us because of the peer. */
  readonly resets: Budget;
  readonly settings: Budget;
  readonly pings: Budget;
  readonly priorities: Budget;
  readonly windowUpdates: Budget;
  readonly emptyFrames: Budget;
  readonly unknownFrames: Budget;
}

/** Window updates that each DATA frame of ours entitles the peer to. */
export const windowUpdatesPerDataFrame = 4;

/** Makes full budgets; the numbers stand in the README with what peers need in practice. */
export function createBudgets(nowMs: () => number): Budgets {
  return {
    resets: new Budget({ burst: 2_000, perSecond: 200, nowMs }),
    settings: new Budget({ burst: 100, perSecond: 10, nowMs }),
    pings: new Budget({ burst: 1_000, perSecond: 100, nowMs }),
    priorities: new Budget({ burst: 10_000, perSecond: 1_000, nowMs }),
    windowUpdates: new Budget({ burst: 20_000, perSecond: 2_000, nowMs }),
    emptyFrames: new Budget({ burst: 1_000, perSecond: 100, nowMs }),
    unknownFrames: new Budget({ burst: 1_000, perSecond: 100, nowMs }),
  };
}
