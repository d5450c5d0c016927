import type { Claim } from '../claim.ts';
import type { RedisPort } from './redis-port.ts';
import { takeScript } from './scripts.ts';

/** What the server says to one question. */
export interface Answer {
  readonly allowed: boolean;
  /** Clock of the server, epoch milliseconds. */
  readonly nowMs: number;
  /** For each claim, tokens missing afterwards. */
  readonly missing: readonly number[];
  /** For each claim, tokens taken because of the wish. */
  readonly more: readonly number[];
}

/** A question and whom to answer; `undefined` means that nobody knows. */
export interface Question {
  readonly claims: readonly Claim[];
  /** Tokens that each claim would like beyond its cost. */
  readonly wishes: readonly number[];
  readonly resolve: (answer: Answer | undefined) => void;
}

/** Questions in one run of the script: Redis does nothing else meanwhile, so a run must stay well below a millisecond. */
const most = 128;

/**
 * Asks the questions, up to {@link most} with one run of the script, all runs in one write.
 *
 * @throws whatever the client throws; then no question is answered.
 */
export async function ask(redis: RedisPort, prefix: string, questions: readonly Question[]): Promise<void> {
  const runs: (readonly Question[])[] = [];
  for (let at = 0; at < questions.length; at += most) runs.push(questions.slice(at, at + most));
  await Promise.all(runs.map((run) => askTogether(redis, prefix, run)));
}

async function askTogether(redis: RedisPort, prefix: string, questions: readonly Question[]): Promise<void> {
  const keys: string[] = [];
  const args: string[] = [];
  for (const { claims, wishes } of questions) {
    args.push(String(claims.length));
    for (let i = 0; i < claims.length; i++) {
      const { key, limit, cost } = claims[i]!;
      keys.push(prefix + key);
      args.push(String(limit.limitPerMinute), String(limit.burst), String(cost), String(wishes[i]));
    }
  }
  const reply = (await redis.run(takeScript, keys, args)) as readonly (string | number)[];
  const nowMs = Number(reply[0]);
  let at = 1;
  for (const { claims, resolve } of questions) {
    const allowed = reply[at++] === 1;
    const missing: number[] = [];
    const more: number[] = [];
    for (let i = 0; i < claims.length; i++) {
      more.push(reply[at++] as number);
      missing.push((reply[at++] as number) / 1_000_000);
    }
    resolve({ allowed, nowMs, missing, more });
  }
}
