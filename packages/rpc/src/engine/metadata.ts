/** Names and values in turn. */
type FlatFields = string[];

/**
 * Header fields of a call: what travels beside the messages.
 *
 * Names are in lower case. Read and written as a flat list; `Headers` are made when somebody asks for them, and hold the
 * fields from then on, so that a change on either side is seen on the other.
 */
export class Metadata {
  #flat: FlatFields;
  #headers: Headers | undefined = undefined;

  /** @param fields - names in lower case and values in turn; belongs to the metadata from now on. */
  constructor(fields: FlatFields = []) {
    this.#flat = fields;
  }

  /** Takes fields as `Headers` hold them; they stay the place where the fields are. */
  static of(headers: Headers): Metadata {
    const metadata = new Metadata();
    metadata.#headers = headers;
    return metadata;
  }

  /** The value of a field, several joined by commas; undefined when there is none. */
  get(name: string): string | undefined {
    if (this.#headers !== undefined) return this.#headers.get(name) ?? undefined;
    const fields = this.#flat;
    let found: string | undefined;
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] === name) found = found === undefined ? fields[i + 1]! : `${found}, ${fields[i + 1]!}`;
    }
    return found;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Sets a field, in place of all of its name. */
  set(name: string, value: string): void {
    this.delete(name);
    this.append(name, value);
  }

  append(name: string, value: string): void {
    if (this.#headers === undefined) this.#flat.push(name, value);
    else this.#headers.append(name, value);
  }

  delete(name: string): void {
    if (this.#headers !== undefined) {
      this.#headers.delete(name);
      return;
    }
    const fields = this.#flat;
    for (let i = fields.length - 2; i >= 0; i -= 2) {
      if (fields[i] === name) fields.splice(i, 2);
    }
  }

  /** Names and values in turn, in their order; not to be changed. */
  flat(): readonly string[] {
    if (this.#headers === undefined) return this.#flat;
    const fields: FlatFields = [];
    this.#headers.forEach((value, name) => fields.push(name, value));
    return fields;
  }

  /** The same fields as `Headers`, always the same object. */
  toHeaders(): Headers {
    if (this.#headers === undefined) {
      const headers = new Headers();
      const fields = this.#flat;
      for (let i = 0; i < fields.length; i += 2) headers.append(fields[i]!, fields[i + 1]!);
      this.#headers = headers;
      this.#flat = [];
    }
    return this.#headers;
  }

  /** A copy that nothing shares. */
  copy(): Metadata {
    return new Metadata(this.flat().slice());
  }
}

/** Fields of an answer as `Headers`; empty ones where it has none. */
export function toHeaders(metadata: Metadata | undefined): Headers {
  return metadata === undefined ? new Headers() : metadata.toHeaders();
}
