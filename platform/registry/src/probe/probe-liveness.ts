import { withTimeout } from '@mainstay/kernel';

/**
 * Asks an instance whether its process is alive.
 *
 * @param managementUrl - base URL of its management port; empty answers false, because nothing can be asked.
 * @param limitMs - longest wait for an answer, in milliseconds.
 * @returns true only for 200 from `/health/live` within the limit; never throws.
 */
export async function probeLiveness(managementUrl: string, limitMs: number, signal?: AbortSignal): Promise<boolean> {
  if (!/^https?:\/\//.test(managementUrl)) return false;
  const url = `${managementUrl.replace(/\/$/, '')}/health/live`;
  const options = { what: `the probe of ${url}`, ...(signal === undefined ? {} : { signal }) };
  const ask = async (inner: AbortSignal): Promise<boolean> => {
    const response = await fetch(url, { signal: inner, redirect: 'error' });
    await response.body?.cancel();
    return response.status === 200;
  };
  // Whatever goes wrong on the way means the same here: no sign of life.
  return withTimeout(limitMs, ask, options).catch(() => false);
}
