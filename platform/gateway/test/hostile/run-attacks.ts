import type { HttpEngineName } from '@mainstay/http1';
import type { Attack } from './attack.ts';
import { makeAttack } from './make-attack.ts';
import { playAttack } from './play-attack.ts';
import { startTarget, type TargetState } from './start-target.ts';

/** What to play. */
export interface AttackPlan {
  readonly seed: number;
  readonly count: number;
  /** The number of the first attack, default 0. */
  readonly from?: number;
  /** Of the gateway's server, default that of `MAINSTAY_HTTP_ENGINE`. */
  readonly engine?: HttpEngineName;
  /** Told now and then how many were played, and what the gateway holds. */
  readonly onProgress?: (played: number, state: TargetState) => void;
}

/** What came of all attacks. */
export interface AttackReport {
  /** How often each status was answered. */
  readonly statuses: ReadonlyMap<number, number>;
  /** What was wrong, each with its attack; at most 20. */
  readonly faults: readonly string[];
  /** Before, after the first tenth, and when all connections were closed. */
  readonly before: TargetState;
  readonly warm: TargetState;
  readonly after: TargetState;
}

const together = 48;
const maxFaults = 20;

/** Plays attacks on a gateway of its own, many at the same time, and looks at what it holds. */
export async function runAttacks(plan: AttackPlan): Promise<AttackReport> {
  const { seed, count, from = 0, onProgress } = plan;
  await using target = await startTarget(plan.engine);
  const statuses = new Map<number, number>();
  const faults: string[] = [];
  const waiting = new Set<Promise<void>>();
  const play = async (index: number): Promise<void> => {
    const attack = makeAttack(seed, index);
    const outcome = await playAttack(target.port, attack);
    for (const status of outcome.statuses) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (outcome.fault !== undefined) faults.push(describeFault({ index, attack, fault: outcome.fault }));
  };
  let next = from;
  const playTo = async (end: number): Promise<void> => {
    const client = async (): Promise<void> => {
      while (next < end && target.crash() === undefined && faults.length < maxFaults) {
        const index = next++;
        const running = play(index);
        // The slow ones wait beside the others.
        if (makeAttack(seed, index).end !== 'silence') await running;
        else {
          waiting.add(running);
          void running.finally(() => waiting.delete(running));
        }
      }
    };
    await Promise.all(Array.from({ length: together }, client));
    await Promise.all(waiting);
  };
  const before = await target.state();
  await playTo(from + Math.ceil(count / 10));
  const warm = await target.state();
  for (let end = from + Math.ceil(count / 10); end < from + count; ) {
    end = Math.min(from + count, end + 2_000);
    await playTo(end);
    if (target.crash() !== undefined || faults.length >= maxFaults) break;
    onProgress?.(end - from, await target.state());
  }
  const crash = target.crash();
  if (crash !== undefined) return { statuses, faults: [...faults, crash], before, warm, after: warm };
  let after = await target.state();
  // What the last clients left is closed within some turns of the gateway's event loop.
  for (let look = 0; look < 100 && (after.sockets > warm.sockets || after.streams > 0); look++)
    after = await target.state();
  return { statuses, faults, before, warm, after };
}

function describeFault({ index, attack, fault }: { index: number; attack: Attack; fault: string }): string {
  const bytes = Buffer.concat(attack.parts.map((part) => Buffer.from(part))).toString('latin1');
  const shown = JSON.stringify(bytes.length > 600 ? `${bytes.slice(0, 600)}… (${bytes.length} bytes)` : bytes);
  return `attack ${index}, ${attack.kind}: ${fault}\n  ${shown}`;
}

/** What the gateway keeps that it should not have; empty when there is nothing. */
export function leaksOf({ warm, after }: AttackReport, maxGrowthBytes: number): readonly string[] {
  const grown = after.heapBytes - warm.heapBytes;
  return [
    ...(after.sockets > warm.sockets ? [`${after.sockets - warm.sockets} sockets`] : []),
    ...(after.timers > warm.timers ? [`${after.timers - warm.timers} timers`] : []),
    ...(after.streams > 0 ? [`${after.streams} streams`] : []),
    ...(grown > maxGrowthBytes ? [`${grown} bytes of heap`] : []),
    ...(after.smuggled > 0 ? [`${after.smuggled} requests came through inside of others`] : []),
  ];
}
