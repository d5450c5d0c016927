import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { type Bulkhead, createBulkhead } from '@mainstay/resilience';

const derive = promisify(argon2);

/** 19 MiB, 2 passes, 1 lane: the smallest setting that OWASP's password storage guide accepts for argon2id. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;

/** Hashes passwords and compares them, a bounded number at once. */
export interface PasswordHasher {
  /** @returns the hash with its parameters and salt in PHC string form. */
  hash(password: string): Promise<string>;
  /** Compares; without a stored hash it does the same work and answers false. */
  verify(password: string, stored: string | undefined): Promise<boolean>;
}

const shape = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

function parametersOf(stored: string): { parameters: Omit<Argon2Parameters, 'message'>; tag: Buffer } | undefined {
  const match = shape.exec(stored);
  if (match === null) return undefined;
  const [, memory, passes, parallelism, salt, tag] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const tagBytes = Buffer.from(tag, 'base64');
  return {
    parameters: {
      memory: Number(memory),
      passes: Number(passes),
      parallelism: Number(parallelism),
      nonce: Buffer.from(salt, 'base64'),
      tagLength: tagBytes.length,
    },
    tag: tagBytes,
  };
}

/**
 * Makes a hasher with argon2id from `node:crypto`.
 *
 * @param concurrency - hashes at once; further ones queue, at most 400 for 5 s, then `BULKHEAD_FULL`.
 * @see RFC 9106; PHC string format
 */
export function createPasswordHasher(concurrency: number): PasswordHasher {
  const bulkhead: Bulkhead = createBulkhead({
    name: 'password-hash',
    maxConcurrent: concurrency,
    maxQueued: 400,
    queueTimeoutMs: 5_000,
  });
  const nobody = { ...cost, nonce: randomBytes(16) };
  return {
    hash: (password) =>
      bulkhead.run(async () => {
        const salt = randomBytes(16);
        const tag = await derive('argon2id', { ...cost, message: password, nonce: salt });
        return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${encode(salt)}$${encode(tag)}`;
      }),
    verify: (password, stored) =>
      bulkhead.run(async () => {
        const known = stored === undefined ? undefined : parametersOf(stored);
        const tag = await derive('argon2id', { ...(known?.parameters ?? nobody), message: password });
        return known !== undefined && tag.length === known.tag.length && timingSafeEqual(tag, known.tag);
      }),
  };
}
