import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createNodeDns } from '../src/source/dns/node-dns.ts';

type Answer = 'silence' | number | { readonly type: number; readonly data: readonly Buffer[] };

/** A name server on loopback that gives one answer to every question (RFC 1035). */
async function nameServer(answer: Answer): Promise<{ address: string; close: () => Promise<void> }> {
  const socket: Socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    if (answer !== 'silence') socket.send(reply(question, answer), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function reply(question: Buffer, answer: Exclude<Answer, 'silence'>): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const [code, records] = typeof answer === 'number' ? [answer, []] : [0, answer.data];
  const head = Buffer.from(question.subarray(0, end));
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  const type = typeof answer === 'number' ? 1 : answer.type;
  const rows = records.map((data) => {
    const row = Buffer.alloc(12);
    row.writeUInt16BE(0xc00c, 0);
    row.writeUInt16BE(type, 2);
    row.writeUInt16BE(1, 4);
    row.writeUInt32BE(17, 6);
    row.writeUInt16BE(data.length, 10);
    return Buffer.concat([row, data]);
  });
  return Buffer.concat([head, ...rows]);
}

const never = new AbortController().signal;

test('addresses come with their TTL', async () => {
  const server = await nameServer({ type: 1, data: [Buffer.from([10, 0, 0, 1]), Buffer.from([10, 0, 0, 2])] });

  const found = await createNodeDns({ servers: [server.address] }).addresses('orders.example', 4, never);

  expect(found.toSorted((a, b) => (a.address < b.address ? -1 : 1))).toEqual([
    { address: '10.0.0.1', ttlSeconds: 17 },
    { address: '10.0.0.2', ttlSeconds: 17 },
  ]);
  await server.close();
});

test('targets come with port, priority and weight', async () => {
  const target = Buffer.concat([Buffer.from([0, 10, 0, 60, 0xc3, 0x83]), Buffer.from('\x01a\x04shop\x00', 'latin1')]);
  const server = await nameServer({ type: 33, data: [target] });

  const found = await createNodeDns({ servers: [server.address] }).targets('_grpc._tcp.orders.example', never);

  expect(found).toEqual([expect.objectContaining({ name: 'a.shop', port: 50_051, priority: 10, weight: 60 })]);
  await server.close();
});

test('a name that does not exist is an empty answer, a server that fails is a failure', async () => {
  const [missing, failing] = [await nameServer(3), await nameServer(2)];

  const dns = (server: { address: string }) => createNodeDns({ servers: [server.address], tries: 1 });

  expect(await dns(missing).addresses('no.example', 4, never)).toEqual([]);
  await expect(dns(failing).addresses('no.example', 4, never)).rejects.toMatchObject({ code: 'ESERVFAIL' });
  await missing.close();
  await failing.close();
});

test('an abort ends the wait for a server that is silent', async () => {
  const server = await nameServer('silence');
  const ending = new AbortController();
  const asked = createNodeDns({ servers: [server.address] }).addresses('orders.example', 4, ending.signal);

  ending.abort();

  await expect(asked).rejects.toMatchObject({ code: 'ECANCELLED' });
  await server.close();
});
