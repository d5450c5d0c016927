import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** One request that was answered. */
export interface PacedAnswer {
  readonly status: number;
  /** From the moment when it was due, so that a wait before it was sent counts. */
  readonly tookMs: number;
  /** Whether something stood in for the service. */
  readonly isDegraded: boolean;
}

export interface PacedRun {
  readonly perSecond: number;
  readonly forMs: number;
  /** Path of the request with this number. */
  readonly path: (n: number) => string;
}

/** Sends requests at their time, whether the ones before are answered or not. */
export interface PacedLoad extends Disposable {
  run(run: PacedRun): Promise<readonly PacedAnswer[]>;
}

export function createPacedLoad(to: {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
}): PacedLoad {
  const agent = new Agent({ keepAlive: true });
  const send = (path: string, dueAtMs: number): Promise<PacedAnswer> =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: to.port, path, agent, headers: to.headers }, (answer) => {
        answer.resume().on('end', () => {
          resolve({
            status: answer.statusCode ?? 0,
            tookMs: performance.now() - dueAtMs,
            isDegraded: answer.headers['mainstay-degraded'] !== undefined,
          });
        });
      })
        .on('error', reject)
        .end();
    });
  return {
    async run({ perSecond, forMs, path }) {
      const startMs = performance.now();
      const count = Math.round((perSecond * forMs) / 1_000);
      const sent: Promise<PacedAnswer>[] = [];
      while (sent.length < count) {
        const dueAtMs = startMs + (sent.length * 1_000) / perSecond;
        const earlyMs = dueAtMs - performance.now();
        if (earlyMs > 0) await pause(earlyMs);
        sent.push(send(path(sent.length), dueAtMs));
      }
      return Promise.all(sent);
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
}
