// One of several gateways on a port: listens, says so, and tells what processor time it has used when it is asked.

import type { GatewayPlaces } from './gateway-places.ts';
import { startMainstay } from './mainstay.ts';

const [places] = process.argv.slice(2);

const tellCpu = (): void => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
};

process.on('disconnect', () => process.exit(0));
await startMainstay('wire')(JSON.parse(places as string) as GatewayPlaces);
process.on('message', tellCpu);
tellCpu();
