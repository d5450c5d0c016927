import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { createNatsBus, openNats } from '../src/bus/nats/index.ts';
import type { Bus } from '../src/index.ts';
import { hasNats, startNats, whySkipped } from '../src/testing/index.ts';
import { emptyBus, emptyService, openPostgresBus, type Surroundings, surroundingsOf } from './harness.ts';

/** A kind of bus, for as long as the tests of a file run. */
interface OpenBus extends AsyncDisposable {
  /** A bus on which nothing was told. */
  empty(): Promise<Bus>;
  /** Takes everything from it that was told, as a disk does that is lost. */
  lose(): Promise<void>;
}

async function openBusOfPostgres(): Promise<OpenBus> {
  const opened = await openPostgresBus();
  return {
    async empty() {
      await emptyBus(opened.busDatabase);
      return opened.bus;
    },
    lose: () => emptyBus(opened.busDatabase),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

async function openBusOfNats(): Promise<OpenBus> {
  await using parts = new AsyncDisposableStack();
  const nats = parts.use(await startNats());
  const link = parts.use(await openNats({ url: nats.url, name: 'test' }));
  let tests = 0;
  const owned = parts.move();
  return {
    empty: async () => createNatsBus({ link, prefix: `test-${++tests}` }),
    lose: async () => void (await link.jsm.streams.delete(`test-${tests}-events-orders`)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const kinds = [
  { name: 'PostgreSQL', isHere: true, open: openBusOfPostgres },
  { name: `NATS${whySkipped}`, isHere: hasNats, open: openBusOfNats },
];

/** Runs tests over a bus of each kind; each begins with everything empty. */
export function overEachBus(tests: (world: Surroundings & Pick<OpenBus, 'lose'>) => void): void {
  for (const { name, isHere, open } of kinds) {
    describe.skipIf(!isHere)(`over ${name}`, () => {
      const world = {} as Surroundings & { bus: Bus } & Pick<OpenBus, 'lose'>;
      let kind: OpenBus;
      beforeAll(async () => {
        kind = await open();
        Object.assign(world, await surroundingsOf(await kind.empty()), { lose: () => kind.lose() });
      });
      beforeEach(async () => {
        await emptyService(world);
        world.bus = await kind.empty();
      });
      afterAll(async () => {
        await world[Symbol.asyncDispose]();
        await kind[Symbol.asyncDispose]();
      });
      tests(world);
    });
  }
}
