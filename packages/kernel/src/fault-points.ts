/** What a test does when the code reaches a fault point: delay, throw, or end the process. */
export type FaultHandler = (name: string) => void | Promise<void>;

let handler: FaultHandler | undefined;

/**
 * Marks a place where a test may stop, delay or kill, named `area.when`, for example `saga.after-checkpoint`.
 *
 * Costs one comparison when no handler is set. Production hosts refuse to set one.
 */
export function faultPoint(name: string): void | Promise<void> {
  if (handler !== undefined) return handler(name);
}

/** Sets or, with undefined, clears the handler of all fault points of this process. */
export function setFaultHandler(next: FaultHandler | undefined): void {
  handler = next;
}
