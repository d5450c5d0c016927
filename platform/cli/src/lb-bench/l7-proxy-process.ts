import type { BalancingPolicyInput } from '@mainstay/discovery';
import { serveBench } from './bench-process.ts';
import { startL7Proxy } from './l7-proxy.ts';

const args = JSON.parse(process.argv[2] ?? '') as { targets: string[]; policy: BalancingPolicyInput };
const proxy = await startL7Proxy({ ...args, env: process.env });
serveBench(proxy.address, () => ({
  passedOn: Object.fromEntries(proxy.stats()?.byEndpoint.map(({ address, picks }) => [address, picks]) ?? []),
}));
