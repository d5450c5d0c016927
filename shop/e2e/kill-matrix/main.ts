// The kill matrix of the shop in its long form: orders killed with -9 at every fault point of its sagas, forward, while
// compensating, and once more while it recovers from that; then services and PostgreSQL killed under load.
//
//   node shop/e2e/kill-matrix/main.ts [seconds of the storm, default 300] [points | storm: only this part]
import { createApi } from '../test/support/api.ts';
import { auditBooks } from '../test/support/books.ts';
import { backwardPoints, forwardPoints, orderAcrossCrash } from '../test/support/crash.ts';
import { addProduct, signInAdmin, signUp } from '../test/support/customer.ts';
import { startShop } from '../test/support/fleet.ts';
import { auditLedger } from '../test/support/ledger.ts';
import { runStorm } from '../test/support/storm.ts';

const seconds = Number(process.argv[2] ?? 300);
const only = process.argv[3];
const isWanted = (part: 'points' | 'storm'): boolean => only === undefined || only === part;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const directions = [
  { points: forwardPoints, token: 'tok_visa', status: 'ORDER_STATUS_CONFIRMED' },
  { points: backwardPoints, token: 'tok_declined', status: 'ORDER_STATUS_CANCELLED' },
] as const;

const wrong: string[] = [];
await using fleet = await startShop();
const api = createApi(fleet.gatewayUrl);
const customers = await Promise.all(Array.from({ length: 8 }, () => signUp(api)));
const product = await addProduct(await signInAdmin(api), 1_000_000);
const crash = { fleet, customer: customers[0]!, product, service: 'orders' };

if (isWanted('points')) {
  for (const { points, token, status } of directions) {
    for (const faultPoint of points) {
      for (const againAt of [undefined, faultPoint]) {
        const ended = await orderAcrossCrash({
          ...crash,
          token,
          faultPoint,
          ...(againAt !== undefined && { againAt }),
        });
        const title = `${faultPoint}${againAt === undefined ? '' : ', and again while recovering'}: ${ended}`;
        say(title);
        if (ended !== status) wrong.push(title);
      }
    }
  }
  wrong.push(...(await auditBooks(fleet)), ...(await auditLedger(fleet)));
}
if (isWanted('storm')) {
  say(`storm of ${seconds} s`);
  const report = await runStorm({ fleet, product, customers, seconds, kills: 0 });
  say(`killed ${JSON.stringify(report.kills)}, orders ${JSON.stringify(report.orders)}`);
  wrong.push(...report.wrong);
}
for (const line of wrong) say(`WRONG ${line}`);
say(wrong.length === 0 ? 'every order ended, no effect twice, the books balance' : `${wrong.length} things are wrong`);
process.exitCode = wrong.length === 0 ? 0 : 1;
