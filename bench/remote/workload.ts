import type { DescMessage, DescMethod, DescService, MessageInitShape } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';

/** A message or what one is made from, of whatever type the method has. */
export type Init = MessageInitShape<DescMessage>;

/** A unary call that every contender can make and answer. */
export interface Workload {
  readonly service: DescService;
  readonly method: DescMethod;
  /** What is asked, always the same. */
  readonly request: Init;
  /** Answers it, for contenders that use `@bufbuild/protobuf`. */
  readonly answer: (request: never) => Init;
  /** The same in JSON's types, for contenders that bring their own codec. */
  readonly plainRequest: object;
  readonly plainAnswer: (request: never) => object;
  /** Whether an answer, read by either codec, is the right one. */
  readonly isRight: (answer: never) => boolean;
  /** Where the method is declared, for contenders that read proto files. */
  readonly protoFile: string;
  readonly protoFolders: readonly string[];
}

/** Ports that the two sides may use on 127.0.0.1. */
export interface Ports {
  readonly server: number;
  /** Only for transports in which the client listens too. */
  readonly client: number;
}

/** A way to make unary calls between two processes. */
export interface Remote {
  /** Serves the workload; resolves when calls can come. */
  serve(workload: Workload, ports: Ports): Promise<void>;
  /** Opens one connection; the function makes one call and gives its answer. */
  connect(workload: Workload, ports: Ports): Promise<() => Promise<unknown>>;
}

/** The workload as Connect's types want an implementation. */
export function implementation({ method, answer }: Workload): Partial<ServiceImpl<DescService>> {
  return { [method.localName]: answer } as unknown as Partial<ServiceImpl<DescService>>;
}
