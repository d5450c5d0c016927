import { get } from 'node:http';
import type { ComponentHealth } from '../component.ts';

/** Longest answer that is waited for, in milliseconds; a process that is slower is as good as away. */
const probeLimitMs = 1_500;

/** Asks a readiness URL: 200 is `ready`, another answer `not_ready`, none `unreachable`. */
export function probeReadiness(url: string): Promise<ComponentHealth> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: probeLimitMs, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? 'ready' : 'not_ready');
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve('unreachable'));
    request.on('close', () => resolve('unreachable'));
  });
}
