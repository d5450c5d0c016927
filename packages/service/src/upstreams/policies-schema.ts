import { type BalancingPolicy, parseBalancingPolicy } from '@mainstay/discovery';
import { toPlatformError } from '@mainstay/kernel';
import { z } from 'zod';
import { toCamelCase, toSnakeCase, withNames } from './key-case.ts';

/** Policies by the name of the called service. */
export type Policies = Readonly<Record<string, BalancingPolicy>>;

/**
 * Policies as they stand in a configuration file, names in snake_case; every problem of every policy is an issue.
 *
 * @see BalancingPolicy of @mainstay/discovery - the names, ranges and defaults.
 */
export const policiesSchema: z.ZodType<Policies> = z
  .record(z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, { error: 'expected the name of a service' }), z.unknown())
  .transform((descriptions, context) => {
    const policies: Record<string, BalancingPolicy> = {};
    for (const [service, description] of Object.entries(descriptions)) {
      try {
        policies[service] = parseBalancingPolicy(withNames(description, toCamelCase));
      } catch (error) {
        for (const { field, message } of toPlatformError(error).violations) {
          const path = field === '' ? [] : field.split('.').map(toSnakeCase);
          context.addIssue({ code: 'custom', path: [service, ...path], message: toSnakeCase(message) });
        }
      }
    }
    return policies;
  });
