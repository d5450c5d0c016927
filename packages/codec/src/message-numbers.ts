import type { DescMessage } from '@bufbuild/protobuf';

/** Numbers the messages that one message can contain, itself first, so that generated functions can call each other. */
export class MessageNumbers {
  readonly #numbers = new Map<DescMessage, number>();

  constructor(root: DescMessage) {
    this.of(root);
  }

  of(desc: DescMessage): number {
    const known = this.#numbers.get(desc);
    if (known !== undefined) return known;
    this.#numbers.set(desc, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  /** All messages, those included that `of` meets while this goes on. */
  all(): Iterable<DescMessage> {
    return this.#numbers.keys();
  }
}
