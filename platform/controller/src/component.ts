/**
 * Where a component stands.
 *
 * Moves: stopped → starting → running → stopping → stopped; starting or running → waiting (it crashed) → starting.
 */
export type ComponentState = 'stopped' | 'starting' | 'running' | 'waiting' | 'stopping';

/** What its readiness probe said last: `unknown` before the first answer and while it is not running. */
export type ComponentHealth = 'ready' | 'not_ready' | 'unreachable' | 'unknown';

/** What kind of thing a component is; the fleet stops them in this order. `controller` is the fleet's own process. */
export type ComponentKind = 'edge' | 'service' | 'platform' | 'external' | 'database' | 'controller';

/** A component as `mainstay status` shows it. */
export interface ComponentStatus {
  readonly name: string;
  readonly kind: ComponentKind;
  readonly state: ComponentState;
  readonly health: ComponentHealth;
  /** Services it hosts; one for most. */
  readonly services: readonly string[];
  readonly pid: number | null;
  readonly instance_id: string | null;
  readonly version: string | null;
  /** Where clients reach it, when it has an address of its own. */
  readonly address: string | null;
  readonly grpc_address: string | null;
  readonly management_url: string | null;
  /** Milliseconds since it became ready; null while it is not running. */
  readonly uptime_ms: number | null;
  /** Bytes, with its children; null while it is not running. */
  readonly memory_bytes: number | null;
  /** Starts after a crash, since the fleet was started. */
  readonly restarts: number;
}

/** What a person watching the fleet is told. */
export type FleetEvent =
  | { readonly type: 'starting'; readonly component: string }
  /** A line on the way up or down. */
  | { readonly type: 'progress'; readonly component: string; readonly line: string }
  | { readonly type: 'ready'; readonly component: string; readonly tookMs: number }
  /** It ended by itself and is started again after the pause. */
  | { readonly type: 'crashed'; readonly component: string; readonly why: string; readonly restartInMs: number }
  | { readonly type: 'stopping'; readonly component: string }
  | { readonly type: 'stopped'; readonly component: string; readonly why?: string };

/** Changes of environment for one start; the next start, also after a crash, is without them. */
export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** Something the controller starts, watches and stops. */
export interface Component {
  readonly name: string;
  readonly kind: ComponentKind;
  readonly services: readonly string[];
  /** Resolves when it is ready; nothing to do when it runs already. Rejects when it does not get ready. */
  start(options?: StartOptions): Promise<void>;
  /** Drains and ends it; resolves when it is gone. It stays stopped. */
  stop(): Promise<void>;
  /** Ends it at once, without a drain. */
  kill(): void;
  status(): Omit<ComponentStatus, 'memory_bytes' | 'health'>;
  /** Asks it whether it is ready; `unknown` while it is not running. */
  probe(): Promise<ComponentHealth>;
}
