/** Random bytes are fetched for hundreds of ids at once: fetching costs as much for 4 kB as for 8 bytes. */
const poolBytes = 4_096;
const pool = new Uint8Array(poolBytes);
/** Character codes of the digits of the pool; one string is made of all of them at once. */
const digitsOfPool = new Uint8Array(2 * poolBytes);
const codeOfDigit = [...'0123456789abcdef'].map((digit) => digit.charCodeAt(0));
const text = new TextDecoder();
let poolHex = '';
let poolAt = 0;

/** Random lower-case hex digits from the system's generator, two for each byte; each is given out once. */
export function randomHex(byteCount: number): string {
  const digits = byteCount * 2;
  if (poolAt + digits > poolHex.length) refill();
  const hex = poolHex.slice(poolAt, poolAt + digits);
  poolAt += digits;
  return hex;
}

function refill(): void {
  crypto.getRandomValues(pool);
  for (let i = 0; i < poolBytes; i++) {
    const byte = pool[i]!;
    digitsOfPool[2 * i] = codeOfDigit[byte >>> 4]!;
    digitsOfPool[2 * i + 1] = codeOfDigit[byte & 15]!;
  }
  poolHex = text.decode(digitsOfPool);
  poolAt = 0;
}
