import type { Identity } from '@mainstay/kernel/context';

/** Says to other services who makes a call. */
export interface IdentitySigner {
  /** Name of the service that signs. */
  readonly service: string;
  /**
   * The identity that the called service will see.
   *
   * A user stays that user and a service acts for itself, both via the signing service; nobody stays nobody, via the
   * signing service. Without a context (`undefined`) the call is the signing service's own work.
   */
  outgoing(identity: Identity | undefined): Identity;
  /** The value of the header that proves {@link outgoing}. */
  sign(identity: Identity | undefined): string;
}

/** Reads what other services said. */
export interface IdentityVerifier {
  /** @throws {@link PlatformError} `unauthenticated` / `IDENTITY_INVALID` for anything not signed with the key in time. */
  verify(header: string): Identity;
}
