import { serveBench } from './bench-process.ts';
import { startL4Proxy } from './l4-proxy.ts';

const { targets } = JSON.parse(process.argv[2] ?? '') as { targets: string[] };
const proxy = await startL4Proxy(targets);
serveBench(proxy.address, () => ({ connections: proxy.connections() }));
