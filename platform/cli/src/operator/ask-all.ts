import { isPlatformError, PlatformError } from '@mainstay/kernel';
import { cliReasons } from '../errors.ts';

/** What one service answered. */
export interface Answer<T> {
  readonly service: string;
  readonly answer: T;
}

/**
 * Asks several services at once; one that does not answer fails the command, so that a list is never short without a word.
 */
export async function askAll<T>(
  services: readonly string[],
  ask: (service: string) => Promise<T>,
): Promise<readonly Answer<T>[]> {
  return await Promise.all(services.map(async (service) => ({ service, answer: await ask(service) })));
}

/**
 * Finds the one service that has something, by asking all.
 *
 * @param ask - undefined when the service does not have it.
 * @param isUnknown - the reason with which a service says so, where it does not answer with undefined.
 * @throws {@link PlatformError} `CLI_NOTHING_FOUND` when none has it.
 */
export async function findAt<T>(
  services: readonly string[],
  {
    ask,
    isUnknown,
    what,
  }: { readonly ask: (service: string) => Promise<T | undefined>; readonly isUnknown?: string; readonly what: string },
): Promise<Answer<T>> {
  const found = await askAll(services, async (service) => {
    try {
      const value = await ask(service);
      return value === undefined ? undefined : { value };
    } catch (error) {
      if (isUnknown !== undefined && isPlatformError(error, isUnknown)) return undefined;
      throw error;
    }
  });
  const first = found.find(({ answer }) => answer !== undefined);
  if (first?.answer !== undefined) return { service: first.service, answer: first.answer.value };
  throw new PlatformError(
    cliReasons.CLI_NOTHING_FOUND,
    `${services.join(', ')} has no ${what}; list with \`mainstay stuck\``,
  );
}
