/** What an output needs of a socket; `net.Socket` and `tls.TLSSocket` have it. */
export interface OutputSocket {
  readonly destroyed: boolean;
  write(bytes: Uint8Array): boolean;
  cork(): void;
  uncork(): void;
  end(): unknown;
  on(event: 'drain', listener: () => void): unknown;
}

/** A slab is written to once from front to back and never again, because the kernel may still read what was sent. */
const slabBytes = 65_536;
/** A payload from this size on is sent where it lies instead of being copied. */
const copyLimitBytes = 8_192;
/** With this much waiting it is sent at once, so that the peer can begin while we go on. */
const eagerBytes = 2_048;

/** What an output tells its connection. */
export interface OutputSink {
  /** The socket takes data again after it was full. */
  onDrain(): void;
}

/**
 * Gathers what a connection writes and hands it to the socket in few, large pieces.
 *
 * What is written during one turn leaves together: at the end of a read (`flush`), or at the end of the turn when it
 * was written from elsewhere. Beyond 2 kB it leaves at once, which lets both sides work at the same time.
 *
 * Cost: no allocation but a slab of 64 KiB now and then, and no copy of payloads from 8 KiB on.
 */
export class Output {
  readonly #socket: OutputSocket;
  readonly #sink: OutputSink;
  #slab: Buffer = Buffer.allocUnsafeSlow(slabBytes);
  #start = 0;
  #end = 0;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #isFull = false;
  #isScheduled = false;
  #isInRead = false;
  #isClosing = false;
  #flushedCount = 0;

  constructor(socket: OutputSocket, sink: OutputSink) {
    this.#socket = socket;
    this.#sink = sink;
    socket.on('drain', () => {
      this.#isFull = false;
      this.#flushedCount += 1;
      this.flush();
      if (!(this.#isFull || this.#isClosing)) this.#sink.onDrain();
    });
  }

  /** Bytes that wait here because the peer does not read. */
  get waitingBytes(): number {
    return this.#queuedBytes + this.#end - this.#start;
  }

  /** Changes whenever the socket took something. */
  get flushedCount(): number {
    return this.#flushedCount;
  }

  /** Whether the socket takes no more for now. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /**
   * Makes room for some bytes: write into what is returned from {@link Output.end} on, then tell `commit` where they end.
   *
   * @param bytes - most that will be written, at most 32 KiB.
   */
  reserve(bytes: number): Buffer {
    if (this.#end + bytes > this.#slab.length) this.#turnOver();
    return this.#slab;
  }

  /** Where the next byte goes. */
  get end(): number {
    return this.#end;
  }

  /** Ends what `reserve` began. */
  commit(end: number): void {
    if (this.#isClosing) return;
    this.#end = end;
    this.#touch();
  }

  /** Appends a payload; a large one is not copied, so it must not change any more. */
  append(bytes: Uint8Array): void {
    if (this.#isClosing) return;
    if (bytes.length >= copyLimitBytes) {
      this.#turnOver(true);
      this.#queue.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      this.#queuedBytes += bytes.length;
    } else {
      this.reserve(bytes.length).set(bytes, this.#end);
      this.#end += bytes.length;
    }
    this.#touch();
  }

  /** Marks that a read is being worked off: everything written until `endRead` leaves together. */
  beginRead(): void {
    this.#isInRead = true;
  }

  endRead(): void {
    this.#isInRead = false;
    this.flush();
  }

  /** Lets what waits leave, then ends the socket; what is written from now on is dropped. */
  close(): void {
    if (this.#isClosing) return;
    this.flush();
    this.#isClosing = true;
    if (this.waitingBytes === 0) this.#socket.end();
  }

  /** Hands everything to the socket, unless it is full. */
  flush(): void {
    if (this.#isFull || this.waitingBytes === 0 || this.#socket.destroyed) return;
    this.#flushedCount += 1;
    let isTaking = true;
    if (this.#queue.length > 0) {
      this.#turnOver(true);
      this.#socket.cork();
      for (const piece of this.#queue) isTaking = this.#socket.write(piece);
      this.#socket.uncork();
      this.#queue = [];
      this.#queuedBytes = 0;
    } else {
      isTaking = this.#socket.write(this.#slab.subarray(this.#start, this.#end));
      this.#start = this.#end;
    }
    this.#isFull = !isTaking;
    if (this.#isClosing) this.#socket.end();
  }

  #touch(): void {
    if (this.#isFull) return;
    if (this.waitingBytes >= eagerBytes) {
      this.flush();
    } else if (!(this.#isInRead || this.#isScheduled)) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        this.flush();
      });
    }
  }

  /** Puts what stands in the slab into the queue; takes a new slab unless this one may go on. */
  #turnOver(keepSlab = false): void {
    if (this.#end > this.#start) {
      this.#queue.push(this.#slab.subarray(this.#start, this.#end));
      this.#queuedBytes += this.#end - this.#start;
      this.#start = this.#end;
    }
    if (keepSlab) return;
    this.#slab = Buffer.allocUnsafeSlow(slabBytes);
    this.#start = 0;
    this.#end = 0;
  }
}
