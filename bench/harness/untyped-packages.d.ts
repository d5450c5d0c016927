// Peers that come without types, as far as the suites use them.
declare module 'opossum' {
  export default class CircuitBreaker<A extends unknown[], R> {
    constructor(run: (...given: A) => Promise<R>, options: { timeout: number | false });
    fire(...given: A): Promise<R>;
  }
}

declare module 'autocannon' {
  interface Result {
    readonly duration: number;
    readonly errors: number;
    readonly non2xx: number;
  }
  interface Run extends Promise<Result> {
    on(event: 'response', heard: (...told: readonly [unknown, number, number, number]) => void): void;
  }
  export default function autocannon(options: { url: string; connections: number; duration: number }): Run;
}
