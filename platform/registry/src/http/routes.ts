import { PlatformError } from '@mainstay/kernel';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { registryReasons } from '../errors.ts';
import type { Registry } from '../registry.ts';
import { auditJson, instanceJson } from './instance-json.ts';
import { readHeartbeat, readRegistration, refuse } from './read-body.ts';

interface Doors {
  readonly registry: Registry;
  readonly authorizeWrite: (identityHeader: string | undefined) => void;
}

type Params = Readonly<Record<'name' | 'id', string>>;

/** Adds all routes; returns them as added, for the answer to a wrong method. */
export function addRoutes(
  app: FastifyInstance,
  { registry, authorizeWrite }: Doors,
): readonly { readonly method: string; readonly url: string }[] {
  const { table, timings } = registry;
  const added: { method: string; url: string }[] = [];
  app.addHook('onRoute', ({ method, url }) => void added.push({ method: String(method), url }));
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    const header = request.headers['mainstay-identity'];
    authorizeWrite(typeof header === 'string' ? header : undefined);
  };
  const beat = { heartbeat_interval_ms: timings.heartbeatIntervalMs };

  app.get('/services', async () =>
    table.services().map((name) => ({ name, instances: table.lookup(name, {}, true).map(instanceJson) })),
  );

  app.get<{ Params: Params; Querystring: Record<string, unknown> }>('/services/:name', async ({ params, query }) => {
    const { include_unroutable: all, ...filter } = readFilter(query);
    return table.lookup(params.name, filter, all === 'true').map(instanceJson);
  });

  app.post('/register', { onRequest }, async ({ body }, reply) => {
    const { entry, created } = registry.register(readRegistration(body));
    return reply.code(created ? 201 : 200).send({ ...instanceJson(entry), created, ...beat });
  });

  app.put<{ Params: Params }>('/heartbeat/:id', { onRequest }, async ({ params, body }) => {
    const report = readHeartbeat(body);
    const known = table.withId(params.id);
    if (known.length === 0) throw unknownInstance(params.id);
    for (const { service, id } of known) table.heartbeat({ service, id }, report);
    return beat;
  });

  app.delete<{ Params: Params }>('/services/:name/:id', { onRequest }, async ({ params }, reply) => {
    if (!table.deregister(params.name, params.id)) throw unknownInstance(params.id);
    return reply.code(204).send();
  });

  app.get<{ Querystring: Record<string, unknown> }>('/audit', async ({ query }) => {
    const { service = '', limit = '100' } = readFilter(query);
    if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > 1_000) {
      throw refuse({ field: 'limit', rule: 'range', message: 'a whole number from 1 to 1000' });
    }
    return registry.audit(Number(limit), service).map(auditJson);
  });

  app.get('/health', async () => ({ status: 'up', ...registry.status() }));

  return added;
}

function readFilter(query: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  for (const [field, value] of Object.entries(query)) {
    if (typeof value !== 'string') throw refuse({ field, rule: 'once', message: 'given more than once' });
  }
  return query as Readonly<Record<string, string>>;
}

function unknownInstance(id: string): PlatformError {
  return new PlatformError(registryReasons.INSTANCE_UNKNOWN, `the registry does not know an instance ${id}`);
}
