/** A certificate with its key, and whom to trust; all in PEM. */
export interface Credentials {
  /** The own certificate first, then those between it and the authority. */
  readonly certificate: string;
  readonly key: string;
  /** Certificates of the authorities whose peers are believed; those of the system are not. */
  readonly authorities: string;
}

/** Where an endpoint gets its credentials from; they may change while calls run. */
export interface CredentialSource {
  /** The credentials to use from now on; asked at the start, after each change, and never for a call. */
  current(): Credentials;
  /** Calls back after each change; the returned function ends that. */
  onChange(callback: () => void): () => void;
}

/** Who a peer proved to be with its certificate. */
export interface PeerIdentity {
  /** URIs of the certificate's subject alternative names, for example `spiffe://shop/orders`. */
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  /** SHA-256 of the certificate, in hexadecimal digits with colons, for logs. */
  readonly fingerprint: string;
}

/** How a server speaks TLS. */
export interface ServerTls {
  readonly credentials: CredentialSource;
  /** Whether callers must prove who they are with a certificate of the authorities, default true. */
  readonly requireClientCertificate?: boolean;
  /** How long a handshake may take, in milliseconds, default 5,000. */
  readonly handshakeTimeoutMs?: number;
}

/** How a client speaks TLS. */
export interface ClientTls {
  readonly credentials: CredentialSource;
  /**
   * Name that the server's certificate must bear among its subject alternative names: a DNS name, an IP address, or
   * a URI such as `spiffe://shop/orders`; default the host of the address.
   */
  readonly serverName?: string;
}
