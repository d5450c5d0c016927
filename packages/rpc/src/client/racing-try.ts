import { type CancelListener, Cancellation, kernelReasons, PlatformError } from '@mainstay/kernel';

/** One of two tries that race for the answer of a call: canceled with the call, or when the other one was faster. */
export class RacingTry extends Cancellation implements CancelListener {
  readonly #call: Cancellation;

  constructor(call: Cancellation) {
    super();
    this.#call = call;
    call.listen(this);
  }

  onCancel(reason: unknown): void {
    this.cancel(reason);
  }

  /** The try has ended; the call needs no longer tell it anything. */
  leave(): void {
    this.#call.unlisten(this);
  }
}

/** Why the slower try is canceled. */
export const anotherWasFaster: PlatformError = new PlatformError(
  kernelReasons.CANCELED,
  'another try of the same call was answered first',
);
