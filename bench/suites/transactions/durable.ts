/** Something that runs five durable steps. */
export interface Durable {
  /** Runs them for the `n`-th time and gives their sum. */
  run(n: number): Promise<number>;
  close(): Promise<void>;
}

/** Where it works, and how many calls will be under way. */
export interface DurableOptions {
  readonly url: string;
  readonly inFlight: number;
}
