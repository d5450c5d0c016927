const firstBytes = 1_024;
/** Longer texts are measured before they are written; shorter ones are taken to have three bytes a character. */
const longText = 1_024;

/**
 * Messages to the server, gathered so that they leave in one write.
 *
 * Texts are UTF-8; values are text, or bytes as they are. Each instance is for one write: the socket may keep its bytes.
 *
 * @see PostgreSQL manual, "Message Formats" of the frontend/backend protocol.
 */
export class Outgoing {
  #bytes: Buffer = Buffer.allocUnsafe(firstBytes);
  #length = 0;

  /** Has the server parse a statement and keep it under a name; '' is the unnamed one. */
  parse(name: string, text: string): void {
    const start = this.#begin(0x50);
    this.#text(name);
    this.#text(text);
    this.#int16(0);
    this.#end(start);
  }

  /** Binds values to a statement, in the unnamed portal; rows are asked for as text. */
  bind(statement: string, values: readonly unknown[]): void {
    const start = this.#begin(0x42);
    this.#text('');
    this.#text(statement);
    this.#int16(values.length);
    for (const value of values) this.#int16(value instanceof Uint8Array ? 1 : 0);
    this.#int16(values.length);
    for (const value of values) this.#value(value as string | Uint8Array | null);
    this.#int16(0);
    this.#end(start);
  }

  /** Asks for the columns of the unnamed portal. */
  describe(): void {
    const start = this.#begin(0x44);
    this.#byte(0x50);
    this.#text('');
    this.#end(start);
  }

  /** Runs the unnamed portal to its end. */
  execute(): void {
    const start = this.#begin(0x45);
    this.#text('');
    this.#int32(0);
    this.#end(start);
  }

  /** Drops a statement that may be kept under a name. */
  close(statement: string): void {
    const start = this.#begin(0x43);
    this.#byte(0x53);
    this.#text(statement);
    this.#end(start);
  }

  sync(): void {
    this.#end(this.#begin(0x53));
  }

  /** Messages that were made before. */
  add(messages: Uint8Array): void {
    this.#reserve(messages.length);
    this.#bytes.set(messages, this.#length);
    this.#length += messages.length;
  }

  /** All of it; nothing may be added afterwards. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #begin(type: number): number {
    this.#byte(type);
    const start = this.#length;
    this.#int32(0);
    return start;
  }

  #end(start: number): void {
    this.#bytes.writeInt32BE(this.#length - start, start);
  }

  #value(value: string | Uint8Array | null): void {
    if (value === null) {
      this.#int32(-1);
      return;
    }
    const start = this.#length;
    this.#int32(0);
    if (typeof value === 'string') this.#utf8(value);
    else this.add(value);
    this.#bytes.writeInt32BE(this.#length - start - 4, start);
  }

  /** A text that ends with a zero byte; one inside would end it early, which is for the server to refuse. */
  #text(text: string): void {
    this.#utf8(text);
    this.#byte(0);
  }

  #utf8(text: string): void {
    if (text.length === 0) return;
    this.#reserve(text.length > longText ? Buffer.byteLength(text) : text.length * 3);
    this.#length += this.#bytes.write(text, this.#length);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  #int16(value: number): void {
    this.#reserve(2);
    this.#length = this.#bytes.writeUInt16BE(value, this.#length);
  }

  #int32(value: number): void {
    this.#reserve(4);
    this.#length = this.#bytes.writeInt32BE(value, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
