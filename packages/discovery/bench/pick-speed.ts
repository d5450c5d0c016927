// What a pick costs: node packages/discovery/bench/pick-speed.ts. Medians of 5 runs, in nanoseconds.
import { createUpstream, type Endpoint, type PolicyName, parseBalancingPolicy, staticEndpoint } from '../src/index.ts';

const policies: readonly PolicyName[] = [
  'pick_first',
  'round_robin',
  'weighted_round_robin',
  'least_request',
  'random',
  'weighted_random',
  'ring_hash',
  'least_connections',
];
const sizes = [10, 1_000];
const picks = 400_000;
const limitNs: Readonly<Record<number, number>> = { 10: 150, 1_000: 300 };

function endpointsOf(count: number): Endpoint[] {
  return Array.from({ length: count }, (_, i) => ({ ...staticEndpoint(`10.0.0.${i}:1`), weight: 1 + (i % 5) }));
}

function timeOnce(policy: PolicyName, endpoints: readonly Endpoint[]): number {
  const upstream = createUpstream({ name: 'bench', policy: parseBalancingPolicy({ policy }) });
  const keys = Array.from({ length: 256 }, (_, i) => ({ key: `user-${i}` }));
  let seen = 0;
  for (let i = 0; i < 20_000; i++) seen += upstream.pick(endpoints, keys[i & 255])?.weight ?? 0;
  const startedAtMs = performance.now();
  for (let i = 0; i < picks; i++) seen += upstream.pick(endpoints, keys[i & 255])?.weight ?? 0;
  const tookMs = performance.now() - startedAtMs;
  return seen > 0 ? (tookMs * 1e6) / picks : Number.NaN;
}

for (const size of sizes) {
  const endpoints = endpointsOf(size);
  for (const policy of policies) {
    const runs = Array.from({ length: 5 }, () => timeOnce(policy, endpoints)).toSorted((a, b) => a - b);
    const [best, median, worst] = [runs[0], runs[2], runs[4]].map((ns) => (ns ?? 0).toFixed(0).padStart(6));
    const verdict = (runs[2] ?? 0) < (limitNs[size] ?? 0) ? 'within' : 'beyond';
    process.stdout.write(
      `${String(size).padStart(5)} endpoints  ${policy.padEnd(22)}${median} ns (${best} to${worst})  ${verdict} ${limitNs[size]}\n`,
    );
  }
}
