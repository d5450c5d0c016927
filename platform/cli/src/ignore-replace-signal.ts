/**
 * Keeps SIGUSR2 from ending the controller: a gateway replaces its workers by it, and may be told so by the id of the wrong process.
 *
 * @param onSignal - told each time.
 */
export function ignoreReplaceSignal(onSignal: () => void): Disposable {
  process.on('SIGUSR2', onSignal);
  return { [Symbol.dispose]: () => void process.off('SIGUSR2', onSignal) };
}
