const nothing = Buffer.alloc(0);

/** Bytes that were received and not yet looked at. */
export class Input {
  bytes: Buffer = nothing;
  /** Where they begin. */
  at = 0;

  get isEmpty(): boolean {
    return this.at === this.bytes.length;
  }

  get byteLength(): number {
    return this.bytes.length - this.at;
  }

  add(bytes: Buffer): void {
    this.bytes = this.isEmpty ? bytes : Buffer.concat([this.bytes.subarray(this.at), bytes]);
    this.at = 0;
  }

  /** All of them, which are not kept. */
  take(): Buffer {
    const rest = this.bytes.subarray(this.at);
    this.drop();
    return rest;
  }

  drop(): void {
    this.bytes = nothing;
    this.at = 0;
  }

  /** Lets go of what was looked at. */
  tidy(): void {
    if (this.isEmpty) this.drop();
  }
}
