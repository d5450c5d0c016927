import type { Http2Stream } from './stream.ts';

/** Places of an empty table; a power of two, as every size is. */
const firstPlaces = 64;

/**
 * The open streams of a connection, by id.
 *
 * A `Map` would do the same, but one whose entries come and go makes a new inner table every few calls, and V8 chains the
 * old ones: once the first is promoted, all that follow and the streams in them outlive their young generation. That was
 * a third of what a call allocates, and a pause of 10 ms every 0.1 s to copy it.
 *
 * Cost: one array, at most half full, that grows and never shrinks; ids are dense, so the first look nearly always finds.
 */
export class StreamTable {
  /** Streams at the place of their id, or at the next free one behind it. */
  #places: (Http2Stream | undefined)[] = placesFor(firstPlaces);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): Http2Stream | undefined {
    return this.#places[this.#find(id)];
  }

  /** Takes a stream in whose id is not there. */
  add(stream: Http2Stream): void {
    if (this.#size * 2 >= this.#places.length) this.#grow();
    this.#places[this.#find(stream.id)] = stream;
    this.#size += 1;
  }

  /** Takes a stream out; one that is not there is no mistake. */
  delete(id: number): void {
    const places = this.#places;
    let hole = this.#find(id);
    if (places[hole] === undefined) return;
    this.#size -= 1;
    const mask = places.length - 1;
    // Whoever stands behind its own place moves up, so that looking may stop at the first free one.
    for (let at = (hole + 1) & mask; places[at] !== undefined; at = (at + 1) & mask) {
      const home = homeOf(places[at]!.id, mask);
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      places[hole] = places[at];
      hole = at;
    }
    places[hole] = undefined;
  }

  /** All of them as they are now, in no order; streams may be taken out meanwhile. */
  values(): Http2Stream[] {
    return this.#places.filter((stream) => stream !== undefined);
  }

  /** Where an id stands, or where it would. */
  #find(id: number): number {
    const places = this.#places;
    const mask = places.length - 1;
    let at = homeOf(id, mask);
    for (let found = places[at]; found !== undefined && found.id !== id; found = places[at]) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const all = this.values();
    this.#places = placesFor(this.#places.length * 2);
    for (const stream of all) this.#places[this.#find(stream.id)] = stream;
  }
}

/** Ids of one side are all odd or all even. */
function homeOf(id: number, mask: number): number {
  return (id >>> 1) & mask;
}

function placesFor(count: number): undefined[] {
  return Array.from({ length: count }, () => undefined);
}
