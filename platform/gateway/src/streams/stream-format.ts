/** How the messages of a stream are written into an HTTP body. */
export interface StreamFormat {
  readonly contentType: string;
  /** Written before everything else. */
  readonly begin: string;
  /** A message as JSON, and where the stream stands after it. */
  message(json: string, position: string | undefined): string;
  /** Keeps the connection, and what stands between, from taking silence for an end. */
  readonly heartbeat: string;
  /** The last thing of a stream that ended as it should. */
  readonly end: string;
  /** The last thing of one that did not. */
  problem(json: string): string;
}

/** How long clients of server-sent events wait before they come again, in milliseconds. */
const reconnectMs = 2_000;

/**
 * Server-sent events: messages without a name, then `end`, or `error` with a problem document.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
const eventStream: StreamFormat = {
  contentType: 'text/event-stream; charset=utf-8',
  begin: `retry: ${reconnectMs}\n\n`,
  message: (json, position) => `${position === undefined ? '' : `id: ${position}\n`}data: ${json}\n\n`,
  heartbeat: ':\n\n',
  end: 'event: end\ndata: {}\n\n',
  problem: (json) => `event: error\ndata: ${json}\n\n`,
};

/**
 * A line of JSON for each message; an error is the last line, under a name that no message has.
 *
 * A stream that ended well ends with its last message; one that was cut off ends without the end of the HTTP body.
 */
const jsonLines: StreamFormat = {
  contentType: 'application/x-ndjson; charset=utf-8',
  begin: '',
  message: (json) => `${json}\n`,
  heartbeat: '\n',
  end: '',
  problem: (json) => `{"@problem":${json}}\n`,
};

/** The form of a stream for a client that prefers a media type: lines of JSON unless it wants events. */
export function formatFor(type: string | undefined): StreamFormat {
  return type === 'text/event-stream' || type === 'text/*' ? eventStream : jsonLines;
}

/** The media type that an `Accept` header prefers, the first among equals; undefined when it takes none. */
export function preferredType(accept: string | undefined): string | undefined {
  let best: { readonly weight: number; readonly type: string | undefined } = { weight: 0, type: undefined };
  for (const part of accept?.split(',') ?? []) {
    const [type = '', ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    const weight = Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1);
    if (weight > best.weight) best = { weight, type };
  }
  return best.type;
}
