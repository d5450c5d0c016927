import { readFileSync } from 'node:fs';
import { loadConfig } from '@mainstay/config';
import { describe, expect, it } from 'vitest';
import { gatewayConfig } from './config.ts';
import { toSettings } from './settings.ts';

describe('gatewayConfig', () => {
  it('has the keys that the README lists, in its order', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const options = readme.slice(readme.indexOf('## Options'), readme.indexOf('## Limits, quotas and keys'));

    expect([...options.matchAll(/^\| `([a-z_.]+)` \|/gm)].map(([, key]) => key)).toEqual(
      Object.keys(gatewayConfig.keys),
    );
  });

  it('becomes settings, from the environment as from a file', () => {
    const config = loadConfig(gatewayConfig, {
      env: {
        GATEWAY_CIRCUIT_OPEN_MS: '5000',
        GATEWAY_CIRCUIT_SERVICES: '{"payments":{"failure_streak":3,"slow_call_ms":900}}',
        GATEWAY_LIMITS_TIERS: '{"anonymous":{"limit_per_minute":1,"burst":2}}',
        GATEWAY_SERVER_TRUSTED_PROXIES: '10.0.0.0/8,127.0.0.1',
      },
    });

    expect(toSettings(config)).toMatchObject({
      protection: {
        circuits: { openMs: 5_000, minimumCalls: 20, services: { payments: { failureStreak: 3, slowCallMs: 900 } } },
        bulkhead: { scope: 'operation', maxConcurrent: 512, maxQueued: 512, queueTimeoutMs: 1_000 },
      },
      keptAnswersBytes: 33_554_432,
      dependencies: { whenAway: 'refuse', retryAfterMs: 10_000 },
      usage: { tiers: { anonymous: { limitPerMinute: 1, burst: 2, monthlyQuota: null } }, routes: {} },
      limits: { trustedProxies: ['10.0.0.0/8', '127.0.0.1'], bodyLimitBytes: 1_048_576 },
    });
  });

  it('clears roles for no secrets, and says what everybody is shown', () => {
    const load = (table: object): unknown =>
      loadConfig(gatewayConfig, { env: { GATEWAY_MASKING_CLEARANCES: JSON.stringify(table) } })['masking.clearances'];

    expect(load({ anonymous: 'public', auditor: 'medium' })).toEqual({ anonymous: 'public', auditor: 'medium' });
    expect(() => load({ anonymous: 'low', admin: 'high' })).toThrow('admin');
    expect(() => load({ admin: 'medium' })).toThrow('anonymous');
  });

  it('refuses keys that are no hash, without showing them', () => {
    const env = { GATEWAY_CLIENTS_KEYS: '[{"client":"a","tier":"free","sha256":"hunter2"}]' };

    expect(() => loadConfig(gatewayConfig, { env })).toThrow(/GATEWAY_CLIENTS_KEYS/);
    expect(() => loadConfig(gatewayConfig, { env })).not.toThrow(/hunter2/);
  });
});
