import type { Identity } from '@mainstay/kernel/context';
import type { CompiledRule } from './compiled-rule.ts';

/** What a rule about the identity sends; undefined for what the caller is not. */
export function identityValue(rule: CompiledRule, identity: Identity): string | undefined {
  switch (rule.identity) {
    case 'user_id':
      return identity.userId;
    case 'roles':
      return identity.roles.length > 0 ? identity.roles.join(',') : undefined;
    case 'tier':
      return identity.tier;
    case undefined:
      return undefined;
  }
}
