import type { Endpoint } from '../endpoint.ts';

/** A list that tells of its changes. */
export interface EndpointList {
  get(): readonly Endpoint[];
  /** Takes over a list; one with the same content changes nothing. */
  set(next: readonly Endpoint[]): void;
  onChange(callback: (endpoints: readonly Endpoint[]) => void): () => void;
}

/** Makes an empty list. */
export function createEndpointList(): EndpointList {
  const callbacks = new Set<(endpoints: readonly Endpoint[]) => void>();
  let list: readonly Endpoint[] = [];
  let text = '[]';
  return {
    get: () => list,
    set(next) {
      // Lists are short and change rarely: comparing them as text costs less than being wrong about a field.
      const nextText = JSON.stringify(next);
      if (nextText === text) return;
      text = nextText;
      list = next;
      for (const callback of callbacks) callback(list);
    },
    onChange(callback) {
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    },
  };
}
