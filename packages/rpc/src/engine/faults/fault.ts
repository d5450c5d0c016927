/**
 * Rules that a peer can break; the value of the label `rule` of the counter `mainstay.rpc.peer_faults`.
 *
 * The first group is the protocol's own (RFC 9113 and 7541; `http2` where `node:http2` keeps it), the second our limits.
 */
export type Rule =
  | 'own_mistake'
  | 'tls'
  | 'http2'
  | 'preface'
  | 'frame_size'
  | 'frame_order'
  | 'frame_shape'
  | 'stream_id'
  | 'stream_state'
  | 'window'
  | 'settings_value'
  | 'header_compression'
  | 'header_fields'
  | 'content_length'
  | 'push'
  | 'handshake_timeout'
  | 'settings_ack_timeout'
  | 'partial_timeout'
  | 'keepalive_timeout'
  | 'write_stall'
  | 'stream_stall'
  | 'request_timeout'
  | 'too_many_streams'
  | 'header_list_size'
  | 'header_block_size'
  | 'queued_bytes'
  | 'unread_answers'
  | 'reset_flood'
  | 'settings_flood'
  | 'ping_flood'
  | 'priority_flood'
  | 'window_update_flood'
  | 'empty_frame_flood'
  | 'unknown_frame_flood';

/** One broken rule. */
export interface Fault {
  readonly rule: Rule;
  /** Error code that the peer gets. */
  readonly code: number;
  /** What happened, with the values. */
  readonly message: string;
  /** Whether the whole connection ends, or one stream. */
  readonly scope: 'connection' | 'stream';
  /** What was thrown, when the mistake is ours; for the log, never for the peer. */
  readonly cause?: unknown;
}
