import type { DescMethod } from '@bufbuild/protobuf';
import type { Transport } from '@connectrpc/connect';
import { remainingMs } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import { isHurried, methodPolicy } from '@mainstay/rpc';
import type { ProtectedCall } from './protected-call.ts';
import type { TargetProtection } from './target-protection.ts';

/** Puts the protection of a service around a transport to it. */
export function protectTransport(inner: Transport, protection: TargetProtection): Transport {
  return {
    unary: (...call) => {
      const [method, signal, timeoutMs, header, input, values] = call;
      return protection.execute(
        (limitMs) => {
          const ms = limitMs === undefined ? timeoutMs : Math.min(limitMs, timeoutMs ?? limitMs);
          return inner.unary(method, signal, ms, header, input, values);
        },
        factsOf(protection, method, signal),
      );
    },
    stream: (...call) => protection.open(() => inner.stream(...call), factsOf(protection, call[0], call[1])),
  };
}

/** Who goes first comes from the contract; callers of one priority take turns by tenant, else by user. */
function factsOf({ clock }: TargetProtection, method: DescMethod, signal: AbortSignal | undefined): ProtectedCall {
  const context = currentContext();
  const tenant = context?.tenant;
  const callerClass = tenant ?? context?.identity.userId;
  const { priority, timeoutMs } = methodPolicy(method);
  return {
    method,
    tenant,
    signal,
    cancellation: context?.cancellation,
    isHurried: isHurried(remainingMs(context?.deadline, clock), timeoutMs),
    priority,
    callerClass,
  };
}
