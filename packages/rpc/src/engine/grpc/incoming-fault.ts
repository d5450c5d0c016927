import type { MessageFault } from './message-reader.ts';

/** Why the messages of a call cannot be read. */
export type IncomingFault =
  | MessageFault
  /** A packed message in a stream that named no packing. */
  | { readonly kind: 'not_packed' }
  /** Bytes that cannot be unpacked. */
  | { readonly kind: 'packing' }
  | { readonly kind: 'unpacked_too_large' };
