import { isUuid } from '@mainstay/kernel';

/** Where the next page begins: after this product, and after this rank when the search has words. */
export interface PageCursor {
  readonly id: string;
  readonly rank?: number;
}

/** The place of a page token. */
export function writeCursor({ id, rank }: { readonly id: string; readonly rank?: number | undefined }): unknown {
  return [id, rank ?? null];
}

/** Reads what {@link writeCursor} wrote; undefined when it is anything else. */
export function readCursor(place: unknown): PageCursor | undefined {
  if (!Array.isArray(place) || place.length !== 2) return undefined;
  const [id, rank] = place as unknown[];
  if (typeof id !== 'string' || !isUuid(id)) return undefined;
  if (rank === null) return { id };
  return typeof rank === 'number' && Number.isFinite(rank) ? { id, rank } : undefined;
}
