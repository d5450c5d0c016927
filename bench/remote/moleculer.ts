import { type Context, ServiceBroker } from 'moleculer';
import type { Ports, Remote } from './workload.ts';

/** A node that knows the other one by address instead of by UDP, and defaults otherwise (JSON on the wire). */
export function moleculerNode(self: keyof Ports, ports: Ports): ServiceBroker {
  const urls = [`tcp://127.0.0.1:${ports.server}/server`, `tcp://127.0.0.1:${ports.client}/client`];
  const options = { udpDiscovery: false, useHostname: false, port: ports[self], gossipPeriod: 1, urls };
  return new ServiceBroker({ nodeID: self, logger: false, transporter: { type: 'TCP', options } as never });
}

/** Moleculer over its TCP transport. */
export const moleculer: Remote = {
  async serve(workload, ports) {
    const broker = moleculerNode('server', ports);
    const call = (context: Context): object => workload.plainAnswer(context.params as never);
    broker.createService({ name: 'bench', actions: { call } });
    await broker.start();
  },
  async connect(workload, ports) {
    const broker = moleculerNode('client', ports);
    await broker.start();
    await broker.waitForServices('bench', 15_000, 50);
    return () => broker.call('bench.call', workload.plainRequest as Record<string, unknown>);
  },
};
