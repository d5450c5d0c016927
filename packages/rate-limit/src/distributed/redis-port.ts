/** A script that the server knows by the hash of its text. */
export interface RedisScript {
  readonly text: string;
  /** SHA-1 of the text, in hex. */
  readonly sha1: string;
}

/**
 * What shared limits need of a Redis client.
 *
 * It must refuse at once while there is no connection, instead of keeping commands for later, and connect again by itself.
 */
export interface RedisPort {
  /** Runs a script and gives its reply as RESP2 has it; rejects when it certainly or perhaps did not run. */
  run(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<unknown>;
}
