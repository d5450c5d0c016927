import { type fixedPorts, fixedPorts as kernelPorts } from '@mainstay/kernel';
import { z } from 'zod';

const name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes');
const environment = z
  .record(
    z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be upper-case letters, digits and _'),
    z.union([z.string(), z.number(), z.boolean()]),
  )
  .default({});
const fixedPortNames = Object.keys(kernelPorts) as [keyof typeof fixedPorts];

const processSchema = z.strictObject({
  name,
  kind: z.enum(['platform', 'service', 'edge', 'external']),
  entry: z.string(),
  definition: z.string().optional(),
  database: z.boolean().default(false),
  first: z.boolean().default(false),
  ports: z.array(z.string()).default([]),
  environment,
});

/** Rules of the fleet file; the types of {@link FleetFile} follow from them. */
export const fleetFileSchema = z.strictObject({
  name,
  data: z.string().default('.mainstay'),
  environment,
  secrets: z.array(z.string().regex(/^[a-z][a-z0-9_]*$/)).default([]),
  ports: z.record(name, z.enum(['free', ...fixedPortNames])).default({}),
  processes: z.array(processSchema).min(1),
  ready: z.array(z.strictObject({ what: z.string(), url: z.string() })).default([]),
  notes: z.array(z.strictObject({ title: z.string(), lines: z.array(z.string()) })).default([]),
});

/**
 * One process of a fleet.
 *
 * Shape: `definition` is `path#export` of a service definition, for hosting in one process; absent for processes that
 * always run alone. `ports` names entries of the fleet's `ports` that this process listens on.
 */
export type FleetProcess = z.output<typeof processSchema>;

/** A fleet as its file declares it; placeholders are not filled in yet. */
export type FleetFile = z.output<typeof fleetFileSchema>;
