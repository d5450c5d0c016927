import type { Clock, Logger } from '@mainstay/kernel';
import { toPlatformError } from '@mainstay/kernel';
import type { RouteTable } from '../routes/route-table.ts';
import type { ReflectionClient } from './ask-reflection.ts';
import { type ContractLimits, fetchContract } from './fetch-contract.ts';

/** Which services there are, and how they are asked. */
export interface LearningSource {
  /** Pause between two looks, in milliseconds. */
  readonly intervalMs: number;
  /** Services that are registered, each with something that changes when its instances do. */
  services(): ReadonlyMap<string, string>;
  reflection(service: string): Promise<ReflectionClient>;
}

/** What came of a contract, for the health page. */
export interface LearnedContract {
  readonly service: string;
  /** Why it is not served; undefined when it is. */
  readonly refused: string | undefined;
}

/** Takes over contracts of services that the gateway does not know. */
export interface ContractLearner extends Disposable {
  /** Looks once; resolves when every new or changed service was asked. */
  look(): Promise<void>;
  learned(): readonly LearnedContract[];
}

const limits: ContractLimits = { maxFiles: 200, maxBytes: 2_097_152, timeoutMs: 5_000 };

/**
 * Looks at an interval which services have registered or changed, asks those for their contract, and serves it.
 *
 * A contract that is refused is reported once, and asked for again when its instances change, or at the next look when the service
 * did not answer; what the service brought before
 * stays served. A service that is gone keeps its routes, which then answer that there is no instance.
 */
export function startLearning(
  source: LearningSource,
  { table, onLearned }: { readonly table: RouteTable; readonly onLearned: () => void },
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): ContractLearner {
  const asked = new Map<string, string>();
  const outcomes = new Map<string, LearnedContract>();
  let isOver = false;
  let cancel: () => void = () => undefined;

  const learn = async (service: string): Promise<void> => {
    try {
      const contract = await fetchContract(await source.reflection(service), service, { known: table.files, limits });
      table.replace(service, contract);
      onLearned();
      outcomes.set(service, { service, refused: undefined });
      logger.info('contract learned', { target: service, services: contract.length });
    } catch (error) {
      const { reason, rawMessage, retry } = toPlatformError(error);
      // Not said, but not there yet: asked again at the next look.
      if (retry !== 'never') asked.delete(service);
      if (outcomes.get(service)?.refused === reason) return;
      outcomes.set(service, { service, refused: reason });
      logger.warn('contract refused', { target: service, reason, why: rawMessage });
    }
  };
  const look = async (): Promise<void> => {
    for (const [service, mark] of source.services()) {
      if (isOver || table.isOwn(service) || asked.get(service) === mark) continue;
      asked.set(service, mark);
      await learn(service);
    }
  };
  const schedule = (): void => {
    cancel = clock.after(source.intervalMs, () => {
      void look().finally(() => {
        if (!isOver) schedule();
      });
    });
  };
  schedule();
  return {
    look,
    learned: () => [...outcomes.values()],
    [Symbol.dispose]() {
      isOver = true;
      cancel();
    },
  };
}
