import type { DescMethod } from '@bufbuild/protobuf';
import type { Fields } from './testing-proto.ts';

/** How a call ended. */
export interface Ending {
  /** gRPC status number. */
  readonly code: number;
  readonly message: string;
  readonly header: (name: string) => string | undefined;
  /** Binary values as unpadded base64. */
  readonly trailer: (name: string) => string | undefined;
}

/** A call in progress, whatever library makes it. */
export interface OpenCall {
  send(request: Fields): void;
  /** Says that there are no more requests. */
  end(): void;
  /** The next answer; undefined when there is none any more, however the call ended. */
  next(): Promise<Fields | undefined>;
  cancel(): void;
  readonly ended: Promise<Ending>;
}

/** What a call carries beside its requests. */
export interface CallOptions {
  /** Binary values as unpadded base64, under names that end in `-bin`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** A client of some library. */
export interface PeerClient extends AsyncDisposable {
  open(method: DescMethod, options?: CallOptions): OpenCall;
}

/** A server of some library that serves the interoperability service. */
export interface PeerServer extends AsyncDisposable {
  /** `host:port` */
  readonly address: string;
}

/** Hands values from callbacks to a reader. */
export interface Queue<T> extends AsyncIterable<T> {
  push(value: T): void;
  end(): void;
  next(): Promise<T | undefined>;
}

export function createQueue<T>(): Queue<T> {
  const values: T[] = [];
  let isOver = false;
  let wake = (): void => undefined;
  const next = async (): Promise<T | undefined> => {
    while (values.length === 0 && !isOver) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return values.shift();
  };
  return {
    push(value) {
      values.push(value);
      wake();
    },
    end() {
      isOver = true;
      wake();
    },
    next,
    async *[Symbol.asyncIterator]() {
      for (let value = await next(); value !== undefined; value = await next()) yield value;
    },
  };
}
