import { address, type ConfigOf, choice, defineConfig, flag, integer, port, text, textList } from '@mainstay/config';
import { logLevels } from '@mainstay/telemetry';
import { z } from 'zod';
import { concurrencySchema, part, protectionsSchema } from '../protection/protection-schema.ts';
import { policiesSchema } from '../upstreams/policies-schema.ts';

const hexKey = z.string().regex(/^[0-9a-f]{64}$/i, { error: 'expected 64 hex digits' });

/** Section `mainstay`: what every process of a fleet reads, whatever services it hosts. */
export const hostConfig = defineConfig({
  name: 'mainstay',
  keys: {
    mode: {
      schema: choice(['local', 'production']),
      default: 'local',
      description: 'local allows demo data and fault points; production refuses both and asks for an internal key',
      reloadable: false,
    },
    config: {
      schema: text().optional(),
      description: 'Path of the YAML file with one section per service; read from the environment only',
      reloadable: false,
    },
    registry_address: {
      schema: textList().optional(),
      description: 'host:port of each registry, gRPC; default this machine at the fixed port moved by the offset',
      reloadable: false,
    },
    internal_key: {
      schema: hexKey.optional(),
      secret: true,
      description: 'Key with which services sign who calls; the same in the whole fleet',
      reloadable: false,
    },
    bus_url: {
      schema: address(['postgres', 'postgresql', 'nats', 'tls']).optional(),
      secret: true,
      description:
        'What carries events between services: postgres://role:password@host:port/database, or nats:// (tls://) with user:password@host:port; without it they wait',
      reloadable: false,
    },
    bus_replicas: {
      schema: integer({ min: 1, max: 5 }),
      default: 1,
      unit: 'servers',
      description: 'Servers of a NATS cluster that keep a copy of each stream made for events',
      reloadable: false,
    },
    outbox_kept_days: {
      schema: integer({ min: 1, max: 3_650 }),
      default: 7,
      unit: 'days',
      description:
        'How long outboxes keep events that the bus has, for a bus that begins anew; inboxes know theirs for twice as long and a day',
      reloadable: false,
    },
    bus_kept_days: {
      schema: integer({ min: 0, max: 3_650 }),
      default: 90,
      unit: 'days',
      description: 'How long a bus in a database keeps events, longer than any consumer stays away; 0 keeps all',
      reloadable: false,
    },
    log_level: { schema: choice(logLevels), default: 'info', description: 'Lowest level written', reloadable: false },
    host: {
      schema: text(),
      default: '127.0.0.1',
      description: 'Address that all listeners of the process bind to',
      reloadable: false,
    },
    advertised_host: {
      schema: text().optional(),
      description:
        'Host put into the registry; default the bound one, or the first outer IPv4 address when bound to all',
      reloadable: false,
    },
    grpc_port: { schema: port(), default: 0, description: 'gRPC port, 0 for a free one', reloadable: false },
    rpc_engine: {
      schema: choice(['node', 'wire']),
      default: 'wire',
      description: 'What carries calls between processes: `node` over node:http2, `wire` over our own HTTP/2',
      reloadable: false,
    },
    http_engine: {
      schema: choice(['node', 'wire']),
      default: 'wire',
      description: 'What the gateway speaks to clients by: `node` over node:http, `wire` over our own HTTP/1.1',
      reloadable: false,
    },
    balancing: {
      schema: policiesSchema,
      default: {},
      description: 'How calls are spread over instances, by the name of the called service; wins over the code',
      reloadable: true,
    },
    protection: {
      schema: protectionsSchema,
      default: {},
      description:
        'Circuit, bulkhead, concurrency limit and adaptive time-out of calls, by the name of the called service',
      reloadable: true,
    },
    shed_lag_ms: {
      schema: integer({ min: 0 }),
      default: 250,
      unit: 'ms',
      description: 'Delay of the event loop from which on calls that matter less are refused; 0 refuses none',
      reloadable: true,
    },
    concurrency: {
      schema: part(concurrencySchema, true),
      default: {},
      description:
        'Bounds of the limit on calls at a time that this process takes, as {initial, min, max, tolerance}, or off',
      reloadable: true,
    },
    tls_cert: {
      schema: text().optional(),
      description: 'Path of the certificate of this process, PEM, with those between it and the authority behind it',
      reloadable: false,
    },
    tls_key: { schema: text().optional(), description: 'Path of the key of the certificate, PEM', reloadable: false },
    tls_ca: {
      schema: text().optional(),
      description: 'Path of the authorities whose certificates are believed, PEM',
      reloadable: false,
    },
    reflection: {
      schema: flag().optional(),
      description:
        'Whether services tell their contracts to whoever asks, by gRPC reflection; default only in local mode',
      reloadable: false,
    },
    allow_plain_text: {
      schema: flag(),
      default: false,
      description:
        'Lets calls travel in clear text on other addresses than loopback, where something else encrypts them',
      reloadable: false,
    },
    management_port: {
      schema: port(),
      default: 0,
      description: 'Management port, 0 for a free one',
      reloadable: false,
    },
    port_offset: {
      schema: integer({ min: 0, max: 50_000 }),
      default: 0,
      description: 'Added to every fixed port, so that several fleets run on one machine',
      reloadable: false,
    },
    fault_points: {
      schema: z.string(),
      default: '',
      description: 'Test aid: name=kill, name=delay:500 or name=kill@3, joined by commas; refused in production',
      reloadable: false,
    },
    version: { schema: text().optional(), description: 'Version put into the registry', reloadable: false },
    zone: { schema: text().optional(), description: 'Zone put into the registry', reloadable: false },
    database_wait_ms: {
      schema: integer({ min: 0 }),
      default: 120_000,
      unit: 'ms',
      description: 'How long a start waits for a database that does not answer yet',
      reloadable: false,
    },
    readiness_interval_ms: {
      schema: integer({ min: 50 }),
      default: 1_000,
      unit: 'ms',
      description: 'How often a service looks at its own readiness to tell the registry',
      reloadable: false,
    },
    drain_pause_ms: {
      schema: integer({ min: 0 }),
      default: 250,
      unit: 'ms',
      description: 'Time between leaving the registry and refusing calls, so that callers learn of it',
      reloadable: false,
    },
    drain_timeout_ms: {
      schema: integer({ min: 0 }),
      default: 25_000,
      unit: 'ms',
      description: 'Longest wait for running work at a stop; below the 30 s after which Kubernetes kills',
      reloadable: false,
    },
  },
});

/** Values of the section `mainstay`. */
export type HostConfig = ConfigOf<typeof hostConfig>;
