import type { Ticker } from './ticker.ts';

// Imported when used, so that a process holds one contender only.
const tickers: Readonly<Record<string, () => Promise<Ticker>>> = {
  'mainstay-wire': async () => (await import('./connect.ts')).mainstay('wire'),
  'mainstay-node': async () => (await import('./connect.ts')).mainstay('node'),
  'grpc-js': async () => (await import('./grpc-js.ts')).grpcJs,
  'connect-node': async () => (await import('./connect.ts')).connectNode,
  'http2-frames': async () => (await import('./http2-frames.ts')).http2Frames,
};

/** Gives a contender by its name. */
export async function loadTicker(name: string): Promise<Ticker> {
  const load = tickers[name];
  if (load === undefined) throw new Error(`no ticker named ${name}`);
  return await load();
}
