import type { EndpointSlice } from './endpoint-slice.ts';

/** Whose slices are meant. */
export interface SliceQuery {
  readonly namespace: string;
  /** Name of the Kubernetes Service. */
  readonly service: string;
}

/** All slices of a service, and the version to watch from. */
export interface SliceList {
  readonly resourceVersion: string;
  readonly items: readonly EndpointSlice[];
}

/** One event of a watch; `EXPIRED` says that the version is too old and a new list is needed. */
export type SliceEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly slice: EndpointSlice }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  | { readonly type: 'EXPIRED' };

/**
 * The Kubernetes API as this package sees it.
 *
 * Rejections are PlatformErrors; a watch that ends was closed by the server, as it does every few minutes.
 */
export interface EndpointSliceApi {
  list(query: SliceQuery, signal: AbortSignal): Promise<SliceList>;
  watch(query: SliceQuery & { readonly resourceVersion: string }, signal: AbortSignal): AsyncIterable<SliceEvent>;
}
