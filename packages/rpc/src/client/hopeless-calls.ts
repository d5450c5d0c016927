import type { DescMethod } from '@bufbuild/protobuf';
import { kernelReasons, PlatformError } from '@mainstay/kernel';
import { LeastTime } from '@mainstay/resilience';
import { methodName } from '../contract/method-name.ts';
import type { CallerOptions } from './caller-options.ts';

/** The calls of one method that cannot end in time, by how long its answers took. */
export interface HopelessCalls {
  /** @throws {@link PlatformError} `deadline_exceeded` / `DEADLINE_EXCEEDED`, executed: no. */
  refuse(nowMs: number, dueAtMs: number): void;
  /** Notes at a reading of `monotonicMs` that a call was answered, and how long it took. */
  answered(nowMs: number, tookMs: number): void;
}

/** Gives the hopeless calls of a method with one answer, where the target refuses them: counter `rpc.client.hopeless`. */
export function createHopelessCalls(options: CallerOptions): (method: DescMethod) => HopelessCalls | undefined {
  const { meter, target } = options;
  if (target.refusesHopeless === undefined) return () => undefined;
  const refusals = meter.counter({
    name: 'rpc.client.hopeless',
    description: 'Calls that were not sent because their deadline left less than a call needs',
    unit: '{call}',
    labelNames: ['service', 'method'],
  });

  return (method) => {
    if (method.methodKind !== 'unary') return undefined;
    const least = new LeastTime();
    const name = methodName(method);
    const labels = { service: method.parent.typeName, method: method.name };
    return {
      refuse(nowMs, dueAtMs) {
        const leftMs = dueAtMs - nowMs;
        const neededMs = least.lack(nowMs, leftMs);
        if (neededMs === undefined || target.refusesHopeless?.() === false) return;
        refusals.add(1, labels);
        const message = `${name} was not sent: ${leftMs.toFixed(1)} ms are left, and 99 of 100 calls need ${neededMs.toFixed(1)} ms`;
        throw new PlatformError(kernelReasons.DEADLINE_EXCEEDED, message, { executed: 'no' });
      },
      answered: (nowMs, tookMs) => least.record(nowMs, tookMs),
    };
  };
}
