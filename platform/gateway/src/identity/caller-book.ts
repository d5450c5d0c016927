import { anonymousIdentity, type Identity } from '@mainstay/kernel/context';

/** Callers known at one time, before the one that came first is forgotten: at most some 500 kB. */
const maxCallers = 1_000;

/**
 * The callers of services, one object for each: who is signed in, with the tier of the client and the tenant of both.
 *
 * What is made of a caller, such as the proof that goes along with its calls, is kept for as long as its object and so is made once and
 * not at each request.
 *
 * Cost: a look-up for callers without a token and a tenant; for others their fields are written out to compare them.
 */
export class CallerBook {
  readonly #anonymous = new Map<string, Identity>();
  readonly #known = new Map<string, Identity>();

  /** @param of - a configured tier, and the tenant if there is one. */
  of(identity: Identity, { tier, tenant }: { readonly tier: string; readonly tenant: string | undefined }): Identity {
    if (tenant !== undefined) return this.#knownOf(Object.freeze({ ...identity, tier, tenant }));
    if (identity !== anonymousIdentity) return this.#knownOf(Object.freeze({ ...identity, tier }));
    let caller = this.#anonymous.get(tier);
    if (caller === undefined) {
      caller = Object.freeze({ ...identity, tier });
      this.#anonymous.set(tier, caller);
    }
    return caller;
  }

  #knownOf(caller: Identity): Identity {
    const text = JSON.stringify(caller);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size >= maxCallers) this.#known.delete(this.#known.keys().next().value as string);
    this.#known.set(text, caller);
    return caller;
  }
}
