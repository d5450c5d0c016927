/** Remembers the last few numbers that were added. */
export class RecentIds {
  readonly #known = new Set<number>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(id: number): void {
    this.#known.add(id);
    if (this.#known.size <= this.#limit) return;
    // Sets keep the order of insertion.
    const [oldest] = this.#known;
    this.#known.delete(oldest!);
  }

  has(id: number): boolean {
    return this.#known.has(id);
  }
}
