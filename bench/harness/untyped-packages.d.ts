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
  interface Options {
    readonly url: string;
    readonly connections: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly duration: number;
  }
  export default function autocannon(options: Options): Run;
}
