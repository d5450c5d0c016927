import type { Clock } from '@mainstay/kernel';
import type { WebSocket } from 'ws';

/** Pings a client at an interval, and ends the connection of one that did not answer the ping before. */
export function keepAlive(socket: WebSocket, clock: Clock, intervalMs: number): Disposable {
  let isAlive = true;
  let cancel: () => void = () => undefined;
  socket.on('pong', () => {
    isAlive = true;
  });
  const schedule = (): void => {
    cancel = clock.after(intervalMs, () => {
      if (!isAlive) {
        socket.terminate();
        return;
      }
      isAlive = false;
      socket.ping();
      schedule();
    });
  };
  schedule();
  return { [Symbol.dispose]: () => cancel() };
}
