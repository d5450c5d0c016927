/** Why a process should stop. */
export type StopCause = 'SIGTERM' | 'SIGINT' | 'parent gone';

/** What follows from the wishes to stop. */
export interface StopSignalsOptions {
  /** The first wish. */
  readonly onStop: (cause: StopCause) => void;
  /** The same signal again, when somebody does not want to wait. */
  readonly onForce: (cause: StopCause) => void;
}

/**
 * A signal may come twice by accident: from the terminal and from a parent that passes it on. Nobody presses a key
 * twice within this time.
 */
const sameWishMs = 300;

/**
 * Listens to SIGTERM, SIGINT and the end of the parent that started this process with a channel.
 *
 * SIGINT followed by SIGTERM is one wish: Ctrl-C reaches the whole process group, and then the parent stops its children.
 */
export function listenToStopSignals(options: StopSignalsOptions): Disposable {
  const firstAtMs = new Map<StopCause, number>();
  let isStopping = false;
  const onWish = (cause: StopCause): void => {
    const first = firstAtMs.get(cause);
    if (first !== undefined && performance.now() - first >= sameWishMs) {
      options.onForce(cause);
      return;
    }
    if (first === undefined) firstAtMs.set(cause, performance.now());
    if (isStopping) return;
    isStopping = true;
    options.onStop(cause);
  };
  const onTerm = (): void => onWish('SIGTERM');
  const onInterrupt = (): void => onWish('SIGINT');
  const onDisconnect = (): void => onWish('parent gone');
  process.on('SIGTERM', onTerm).on('SIGINT', onInterrupt).on('disconnect', onDisconnect);
  return {
    [Symbol.dispose]() {
      process.off('SIGTERM', onTerm).off('SIGINT', onInterrupt).off('disconnect', onDisconnect);
    },
  };
}
