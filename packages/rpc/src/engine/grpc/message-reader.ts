/** Why a stream of messages cannot be read any further. */
export type MessageFault =
  | { readonly kind: 'too_large'; readonly bytes: number }
  | { readonly kind: 'flags'; readonly flags: number };

/** What a message reader finds. */
export interface MessageSink {
  /**
   * A whole message; the bytes may be kept.
   *
   * @param wireBytes - what it took on the wire and has not been reported by `onProgress`.
   */
  onMessage(bytes: Uint8Array, isCompressed: boolean, wireBytes: number): void;
  /** A message of `totalBytes`, too large for a window, is being gathered: these bytes must be given back for its rest to come. */
  onProgress(wireBytes: number, totalBytes: number): void;
  /** Nothing more is read. */
  onMessageFault(fault: MessageFault): void;
}

const prefixBytes = 5;
/** A message's memory grows with what has arrived, from this size on. */
const firstBytes = 65_536;

/**
 * Cuts the data of a stream into messages with their five-byte prefix, however they are split over frames.
 *
 * The size is checked when the prefix is known, before anything is kept. A message that lies whole in a frame is
 * handed on where it lies; others are copied, so that no larger chunk stays alive because of them.
 */
export class MessageReader {
  readonly #sink: MessageSink;
  readonly #maxMessageBytes: number;
  /** Messages above this size are reported while they come. */
  readonly #gatherBytes: number;
  readonly #prefix = new Uint8Array(prefixBytes);
  #prefixFilled = 0;
  #isCompressed = false;
  /** Length of the message being gathered; -1 between messages. */
  #length = -1;
  #gathered: Uint8Array = new Uint8Array(0);
  #filled = 0;
  #reported = 0;
  #hasFault = false;

  constructor(sink: MessageSink, limits: { readonly maxMessageBytes: number; readonly gatherBytes: number }) {
    this.#sink = sink;
    this.#maxMessageBytes = limits.maxMessageBytes;
    this.#gatherBytes = limits.gatherBytes;
  }

  /** Whether the stream may end here: not inside of a prefix or message. */
  get isBetweenMessages(): boolean {
    return this.#length < 0 && this.#prefixFilled === 0;
  }

  read(buffer: Uint8Array, from: number, to: number): void {
    let at = from;
    while (at < to && !this.#hasFault) {
      if (this.#length >= 0) {
        at = this.#gather(buffer, at, to);
      } else if (this.#prefixFilled === 0 && to - at >= prefixBytes) {
        if (!this.#begin(buffer, at)) return;
        at += prefixBytes;
        if (to - at >= this.#length) at = this.#whole(buffer, at);
        else this.#prepare();
      } else {
        this.#prefix[this.#prefixFilled++] = buffer[at++]!;
        if (this.#prefixFilled < prefixBytes) continue;
        if (!this.#begin(this.#prefix, 0)) return;
        this.#prepare();
        if (this.#length === 0) this.#complete();
      }
    }
  }

  #begin(prefix: Uint8Array, at: number): boolean {
    const flags = prefix[at]!;
    const length = prefix[at + 1]! * 2 ** 24 + ((prefix[at + 2]! << 16) | (prefix[at + 3]! << 8) | prefix[at + 4]!);
    const fault: MessageFault | undefined =
      flags > 1
        ? { kind: 'flags', flags }
        : length > this.#maxMessageBytes
          ? { kind: 'too_large', bytes: length }
          : undefined;
    if (fault !== undefined) {
      this.#hasFault = true;
      this.#sink.onMessageFault(fault);
      return false;
    }
    this.#isCompressed = flags === 1;
    this.#length = length;
    return true;
  }

  #whole(buffer: Uint8Array, at: number): number {
    const end = at + this.#length;
    const bytes = this.#length + prefixBytes;
    this.#length = -1;
    this.#sink.onMessage(buffer.subarray(at, end), this.#isCompressed, bytes);
    return end;
  }

  #prepare(): void {
    this.#gathered = new Uint8Array(Math.min(this.#length, firstBytes));
    this.#filled = 0;
    this.#reported = 0;
  }

  #gather(buffer: Uint8Array, at: number, to: number): number {
    const taken = Math.min(this.#length - this.#filled, to - at);
    const need = this.#filled + taken;
    if (need > this.#gathered.length) {
      const grown = new Uint8Array(Math.min(this.#length, Math.max(need, this.#gathered.length * 2)));
      grown.set(this.#gathered.subarray(0, this.#filled));
      this.#gathered = grown;
    }
    this.#gathered.set(buffer.subarray(at, at + taken), this.#filled);
    this.#filled = need;
    if (need === this.#length) {
      this.#complete();
    } else if (this.#length > this.#gatherBytes) {
      this.#sink.onProgress(need - this.#reported, this.#length);
      this.#reported = need;
    }
    return at + taken;
  }

  #complete(): void {
    const bytes = this.#gathered;
    const wireBytes = this.#length - this.#reported + prefixBytes;
    this.#length = -1;
    this.#prefixFilled = 0;
    this.#gathered = new Uint8Array(0);
    this.#sink.onMessage(bytes, this.#isCompressed, wireBytes);
  }
}
