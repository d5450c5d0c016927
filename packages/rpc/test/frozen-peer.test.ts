import { connect } from 'node:net';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { createInternalIdentity, startRpcServer } from '@mainstay/rpc';
import { expect, test } from 'vitest';

test('a drain ends although a peer is frozen and never closes its side of the connection', async () => {
  const identity = createInternalIdentity({ key: new Uint8Array(32), service: 'test' });
  const server = await startRpcServer({
    bindings: [],
    identity,
    logger: silentLogger,
    meter: silentMeter,
    serving: () => true,
  });
  const [host, port] = server.address.split(':');
  const peer = connect({ host: host ?? '', port: Number(port), allowHalfOpen: true });
  const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
  peer.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), settings]));
  // The server's own settings: the connection stands.
  await new Promise((resolve) => peer.once('data', resolve));
  const startedMs = performance.now();

  await server.drain(1_000);

  expect(performance.now() - startedMs).toBeLessThan(5_000);
  peer.destroy();
});
