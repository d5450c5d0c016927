import { choice, defineConfig, extendConfig, integer, text, textList } from '@mainstay/config';
import { toPlatformError } from '@mainstay/kernel';
import { createHeaderMapper, parseHeaderRules } from '@mainstay/rpc';
import { circuitSettingsSchema, protectionParts } from '@mainstay/service';
import { z } from 'zod';
import { degradationConfig } from './degradation/degradation-config.ts';
import { usualHeaders } from './http/usual-headers.ts';
import { issuerConfig } from './identity/issuers/issuer-config.ts';
import { limitConfig } from './limits/limit-config.ts';
import { maskingConfig } from './masking/masking-config.ts';
import { workerConfig } from './worker-config.ts';

const apiKey = z.strictObject({ client: text(), tier: text(), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
/** Refuses rules that could not be compiled, with everything that is wrong with them. */
const headerRules = z.array(z.unknown()).superRefine((rules, context) => {
  try {
    createHeaderMapper({ rules: parseHeaderRules(rules) });
  } catch (error) {
    context.addIssue({ code: 'custom', message: toPlatformError(error).rawMessage });
  }
});

const mainConfig = defineConfig({
  name: 'gateway',
  keys: {
    'server.port': {
      schema: integer({ min: 0, max: 65_535 }).optional(),
      description: 'Port for clients, 0 for a free one; default 8080 moved by the offset',
      reloadable: false,
    },
    'server.body_limit_bytes': {
      schema: integer({ min: 1, max: 67_108_864 }),
      default: 1_048_576,
      unit: 'By',
      description: 'Largest body; larger ones are answered with 413',
      reloadable: false,
    },
    'server.max_url_length': {
      schema: integer({ min: 256, max: 15_000 }),
      default: 8_192,
      unit: '{character}',
      description: 'Longest request target; longer ones are answered with 414',
      reloadable: false,
    },
    'server.headers_timeout_ms': {
      schema: integer({ min: 100 }),
      default: 10_000,
      unit: 'ms',
      description: 'Longest time for the headers of a request to arrive, against slow clients',
      reloadable: false,
    },
    'server.request_timeout_ms': {
      schema: integer({ min: 100 }),
      default: 30_000,
      unit: 'ms',
      description: 'Longest time for a whole request to arrive, against slow clients; not below headers_timeout_ms',
      reloadable: false,
    },
    'server.keep_alive_ms': {
      schema: integer({ min: 0 }),
      default: 65_000,
      unit: 'ms',
      description: 'How long an idle connection is kept; longer than the usual 60 s of load balancers',
      reloadable: false,
    },
    'server.trusted_proxies': {
      schema: textList(),
      default: [],
      description: 'Addresses and networks of proxies whose X-Forwarded-For is believed; empty believes none',
      reloadable: false,
    },
    'cors.origins': {
      schema: textList(),
      default: [],
      description:
        'Origins of pages that may read answers and open WebSockets, such as https://shop.example; * for all',
      reloadable: false,
    },
    'compression.mode': {
      schema: choice(['off', 'public', 'all']),
      default: 'public',
      description: 'What is compressed: nothing, public answers without a token, or all; see the README before all',
      reloadable: false,
    },
    'compression.from_bytes': {
      schema: integer({ min: 0 }),
      default: 1_024,
      unit: 'By',
      description: 'Shortest answer that is compressed',
      reloadable: false,
    },
    'clients.keys': {
      schema: z.array(apiKey),
      default: [],
      description: 'API keys as {client, tier, sha256 of the key in hex}; the demo keys are added in local mode',
      reloadable: true,
      secret: true,
    },
    'circuit.scope': {
      schema: choice(['service', 'operation', 'method']),
      default: 'service',
      description: 'What shares a circuit: all calls to a service, its reads and its writes apart, or each method',
      reloadable: true,
    },
    'circuit.per_tenant': {
      schema: z.boolean(),
      default: false,
      description: 'Whether each tenant of the API keys has circuits of its own',
      reloadable: true,
    },
    'circuit.open_ms': {
      schema: integer({ min: 1 }),
      default: 60_000,
      unit: 'ms',
      description: 'How long a circuit stays open before it lets a probe through',
      reloadable: true,
    },
    'circuit.failure_streak': {
      schema: integer({ min: 1 }),
      default: 5,
      description: 'Failures in a row that open the circuit of a service, once minimum_calls is reached',
      reloadable: true,
    },
    'circuit.minimum_calls': {
      schema: integer({ min: 1 }),
      default: 20,
      description: 'Calls within 10 s before a circuit may open',
      reloadable: true,
    },
    'circuit.services': {
      schema: z.record(z.string(), circuitSettingsSchema),
      default: {},
      description: 'Settings of single services over the ones above, by service name',
      reloadable: true,
    },
    'bulkhead.scope': {
      schema: choice(['service', 'operation']),
      default: 'operation',
      description: 'What shares the places of a bulkhead: all calls to a service, or its reads and its writes apart',
      reloadable: true,
    },
    'bulkhead.max_concurrent': {
      schema: integer({ min: 1 }),
      default: 512,
      description: 'Calls of one bulkhead at the same time, so that a slow service does not take all there is',
      reloadable: true,
    },
    'bulkhead.max_queued': {
      schema: integer({ min: 0 }),
      default: 512,
      description: 'Calls of one bulkhead that wait for a place; important ones go first, clients take turns',
      reloadable: true,
    },
    'bulkhead.queue_timeout_ms': {
      schema: integer({ min: 1 }),
      default: 1_000,
      unit: 'ms',
      description: 'Longest wait for a place',
      reloadable: true,
    },
    concurrency: {
      schema: protectionParts.concurrency,
      default: { initial: 1_000, min: 200, max: 4_000 },
      description:
        'Bounds of the limit on calls to one service that finds its height, divided like its bulkhead, or off',
      reloadable: true,
    },
    adaptive_timeout: {
      schema: protectionParts.adaptiveTimeout,
      default: 'off',
      description:
        'Limit of reads that follows what they take, as {min_ms, max_ms, factor, quantile}, below that of the contract, or off',
      reloadable: true,
    },
    'streams.heartbeat_ms': {
      schema: integer({ min: 100, max: 60_000 }),
      default: 15_000,
      unit: 'ms',
      description: 'Silence of a stream after which it shows that it lives; below the idle limit of proxies in front',
      reloadable: false,
    },
    'streams.max_open': {
      schema: integer({ min: 0 }),
      default: 10_000,
      description: 'Streams that are open at the same time, of all clients',
      reloadable: false,
    },
    'streams.max_open_per_client': {
      schema: integer({ min: 0 }),
      default: 100,
      description: 'Streams that are open at the same time, of one client',
      reloadable: false,
    },
    'streams.upload_limit_bytes': {
      schema: integer({ min: 1 }),
      default: 104_857_600,
      unit: 'By',
      description: 'Largest body that a service takes in parts as it arrives; larger ones are answered with 413',
      reloadable: false,
    },
    'shed.lag_ms': {
      schema: integer({ min: 0 }),
      default: 250,
      unit: 'ms',
      description: 'Delay of the event loop from which on requests that matter less are refused; 0 refuses none',
      reloadable: false,
    },
    'headers.rules': {
      schema: headerRules,
      default: usualHeaders,
      description: 'Header rules as {http_header, grpc_metadata, direction, …}; see @mainstay/rpc',
      reloadable: false,
    },
    'headers.written_tokens': {
      schema: z.boolean(),
      default: false,
      description:
        'Whether answers of services with replicas hand out X-Written-Up-To, and requests that bring it back see what it stands for',
      reloadable: false,
    },
    'headers.skip_paths': {
      schema: textList(),
      default: [],
      description: 'Paths, with everything below them, whose headers are not mapped and not demanded',
      reloadable: false,
    },
    'headers.overwrite_existing': {
      schema: z.boolean(),
      default: true,
      description: 'Whether a mapped header replaces one that the answer has already',
      reloadable: false,
    },
    'headers.debug': {
      schema: z.boolean(),
      default: false,
      description: 'Whether each mapping is logged at level debug, secrets masked',
      reloadable: false,
    },
    'identity.key_pause_ms': {
      schema: integer({ min: 100 }),
      default: 5_000,
      unit: 'ms',
      description: 'Least pause between two requests for the keys of the users service',
      reloadable: false,
    },
    'identity.key_max_age_ms': {
      schema: integer({ min: 1_000 }),
      default: 300_000,
      unit: 'ms',
      description: 'Age at which known keys are asked for again: how long a withdrawn key is still taken',
      reloadable: false,
    },
    'identity.key_refresh_ms': {
      schema: integer({ min: 100 }),
      default: 1_000,
      unit: 'ms',
      description:
        'How often API keys that other replicas changed are taken over from the database: how long a revoked one is taken',
      reloadable: false,
    },
    'splits.refresh_ms': {
      schema: integer({ min: 100 }),
      default: 1_000,
      unit: 'ms',
      description: 'How often traffic splits that other replicas changed are taken over from the database',
      reloadable: false,
    },
    'learning.interval_ms': {
      schema: integer({ min: 0 }),
      default: 2_000,
      unit: 'ms',
      description:
        'How often services that registered are asked for contracts that the gateway does not know; 0 asks none',
      reloadable: false,
    },
    'docs.enabled': {
      schema: z.boolean(),
      default: true,
      description: 'Whether /docs and /openapi.json are served',
      reloadable: false,
    },
  },
});

/** Section `gateway`. */
export const gatewayConfig = extendConfig(
  extendConfig(
    extendConfig(extendConfig(extendConfig(mainConfig, degradationConfig), limitConfig), issuerConfig),
    maskingConfig,
  ),
  workerConfig,
);
