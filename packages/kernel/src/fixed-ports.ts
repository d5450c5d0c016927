/** The ports that have a fixed place; every other port is chosen free at start and registered. */
export const fixedPorts = {
  /** HTTP/JSON for clients. */
  gateway: 8080,
  /** Registry, HTTP face. */
  registryHttp: 8500,
  /** Registry, gRPC. */
  registryGrpc: 8501,
} as const;

/**
 * A fixed port moved by the fleet's offset, so that several fleets run on one machine.
 *
 * @param offset - what `--port-offset` was given; 0 to 50,000.
 */
export function fixedPort(name: keyof typeof fixedPorts, offset: number): number {
  return fixedPorts[name] + offset;
}
