import type { Endpoint } from '../endpoint.ts';

/** What a source knows about itself, for the health page. */
export interface SourceStatus {
  readonly kind: 'static' | 'registry' | 'dns' | 'kubernetes';
  readonly endpoints: number;
  /** Age of what is known since the source was lost, in milliseconds; 0 while it answers, undefined before it ever did. */
  readonly staleForMs: number | undefined;
  /** Message of the last failure; undefined while it answers. */
  readonly lastError: string | undefined;
}

/**
 * Where the endpoints of one service come from.
 *
 * A source that is lost goes on answering with what it knew last.
 */
export interface EndpointSource extends AsyncDisposable {
  /** Begins to look; also happens at the first use. Calling it again does nothing. */
  start(): void;
  /** What is known now; the same array until something changes. Never waits, never throws. */
  endpoints(): readonly Endpoint[];
  /** Calls back after each change; the returned function ends it. */
  onChange(callback: (endpoints: readonly Endpoint[]) => void): () => void;
  /** Says that an endpoint could not be reached, so that it is looked again soon. */
  reportFailure(endpoint: Endpoint): void;
  status(): SourceStatus;
}
