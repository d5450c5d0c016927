import type { DescMethod } from '@bufbuild/protobuf';
import type { Cancellation, Clock, Deadline } from '@mainstay/kernel';
import type { TraceContext } from '@mainstay/kernel/context';
import type { EngineCall, Payload } from '../engine/engine.ts';
import type { Metadata } from '../engine/metadata.ts';

/** What handlers, contexts and interceptors are told of the call being served. */
export interface RunningCall extends Cancellation {
  readonly method: DescMethod;
  /** `package.Service/Method`. */
  readonly name: string;
  readonly incoming: EngineCall;
  readonly clock: Clock;
  readonly deadline: Deadline | undefined;
  readonly trace: TraceContext;
  /** Headers of the answer, filled as the handler runs. */
  readonly responseHeader: Metadata;
  readonly responseTrailer: Metadata;
}

/** Runs the handler of a call, and gives back what it returns: a message or what one is made of, or a stream of them. */
export type Invoke = (call: RunningCall, payload: Payload) => unknown;
