import type { DescMethod } from '@bufbuild/protobuf';

/** How the keyed methods of a service work; methods that are not named are one transaction each. */
export interface KeyedMethods {
  /**
   * Methods whose work is more than one transaction: they call other services, or wait. Such a method may run again after a crash, and finds
   * what it did by `currentContext()?.effect?.id`. All others run in one transaction, which theirs join; a call to another service is refused there.
   */
  readonly staged?: readonly DescMethod[];
  /** Hashes the hash of a request once more, with a key that all instances have: for requests with secrets that could be guessed from theirs. 32 bytes. */
  readonly protectFingerprint?: (fingerprint: Uint8Array) => Uint8Array;
}
