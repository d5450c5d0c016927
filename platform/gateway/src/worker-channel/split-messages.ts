import type { Split } from '../splits/split.ts';

/** What a worker asks the process that keeps the splits of all of them. */
export interface SplitQuestion {
  readonly type: 'gateway.splits.ask';
  readonly id: number;
  readonly ask:
    | { readonly what: 'set'; readonly service: string; readonly split: Split; readonly from: number }
    | { readonly what: 'remove'; readonly service: string; readonly from: number }
    | { readonly what: 'changes'; readonly since: number };
}

/** The answer; dates are texts on this way. */
export interface SplitAnswer {
  readonly type: 'gateway.splits.answer';
  readonly id: number;
  readonly outcome:
    | { readonly what: 'changed'; readonly revision: number }
    | { readonly what: 'refused' }
    | {
        readonly what: 'changes';
        readonly records: readonly {
          readonly service: string;
          readonly split: Split | null;
          readonly revision: number;
          readonly changedAt: string;
        }[];
      };
}
