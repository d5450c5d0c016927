import type { Clock, Meter } from '@mainstay/kernel';
import {
  type ConcurrencyLimiter,
  type ConcurrencySnapshot,
  countPolicyEvents,
  createConcurrencyLimiter,
  createLoadShedder,
  type LoadShedder,
  type LoadSnapshot,
} from '@mainstay/resilience';
import type { CallAdmission } from '@mainstay/rpc';
import type { ConcurrencyPolicy } from './protection-policy.ts';

/** What decides which calls a process takes. */
export interface AdmissionSettings {
  /** Delay of the event loop that is full load, in milliseconds; 0 refuses nobody for it. */
  readonly shedLagMs: number;
  /** Undefined for no limit on calls at a time. */
  readonly concurrency: ConcurrencyPolicy | undefined;
}

/** Figures of an admission at one moment; null where a part is off. */
export interface AdmissionSnapshot {
  readonly load: LoadSnapshot | null;
  readonly concurrency: ConcurrencySnapshot | null;
}

/**
 * Decides which calls a process takes: by how busy it is, and by how many run already.
 *
 * Load is asked first. Streams count neither against the limit nor into it: they last as long as somebody listens.
 */
export class HostAdmission implements Disposable {
  readonly #ports: { readonly clock: Clock; readonly meter: Meter };
  #settings: AdmissionSettings;
  #shedder: LoadShedder | undefined;
  #limiter: ConcurrencyLimiter | undefined;

  constructor(settings: AdmissionSettings, ports: { readonly clock: Clock; readonly meter: Meter }) {
    this.#ports = ports;
    this.#settings = settings;
    this.#shedder = this.#openShedder(settings);
    this.#limiter = this.#openLimiter(settings);
  }

  readonly admit: CallAdmission = (priority, isStream) => {
    this.#shedder?.admit(priority);
    return isStream ? undefined : this.#limiter?.acquire({ priority });
  };

  /**
   * Puts other settings in force for the calls to come.
   *
   * @returns the names of the keys that changed.
   */
  configure(settings: AdmissionSettings): readonly string[] {
    const changed: string[] = [];
    if (settings.shedLagMs !== this.#settings.shedLagMs) {
      this.#shedder?.[Symbol.dispose]();
      this.#shedder = this.#openShedder(settings);
      changed.push('shed_lag_ms');
    }
    if (JSON.stringify(settings.concurrency) !== JSON.stringify(this.#settings.concurrency)) {
      this.#limiter = this.#openLimiter(settings);
      changed.push('concurrency');
    }
    this.#settings = settings;
    return changed;
  }

  snapshot(): AdmissionSnapshot {
    return { load: this.#shedder?.snapshot() ?? null, concurrency: this.#limiter?.snapshot() ?? null };
  }

  [Symbol.dispose](): void {
    this.#shedder?.[Symbol.dispose]();
  }

  #openShedder({ shedLagMs: fullLagMs }: AdmissionSettings): LoadShedder | undefined {
    if (fullLagMs === 0) return undefined;
    const { clock, meter } = this.#ports;
    return createLoadShedder({ name: 'process', fullLagMs, clock, onEvent: countPolicyEvents(meter) });
  }

  #openLimiter({ concurrency }: AdmissionSettings): ConcurrencyLimiter | undefined {
    if (concurrency === undefined) return undefined;
    const { clock, meter } = this.#ports;
    return createConcurrencyLimiter({ name: 'process', ...concurrency, clock, onEvent: countPolicyEvents(meter) });
  }
}

/** Reads the settings from the configuration of the host. */
export function admissionOf(config: {
  readonly shed_lag_ms: number;
  readonly concurrency: ConcurrencyPolicy | undefined;
}): AdmissionSettings {
  return { shedLagMs: config.shed_lag_ms, concurrency: config.concurrency };
}
