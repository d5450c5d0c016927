// Peers that come without types, as far as the suites use them.
declare module 'opossum' {
  export default class CircuitBreaker<A extends unknown[], R> {
    constructor(run: (...given: A) => Promise<R>, options: { timeout: number | false });
    fire(...given: A): Promise<R>;
  }
}

declare module 'autocannon' {
  interface Result {
    readonly requests: { readonly total: number };
    readonly latency: { readonly p50: number; readonly p99: number };
    readonly duration: number;
    readonly errors: number;
    readonly non2xx: number;
  }
  export default function autocannon(options: {
    url: string;
    connections: number;
    duration: number;
    headers?: Readonly<Record<string, string>>;
  }): Promise<Result>;
}
