// A process of a benchmark: starts the subject of a module, then runs its methods as the parent asks.
// Arguments: URL of the module, and what its `start` is given, as JSON.
import type { ChildRequest, ChildResponse, Subject } from './child.ts';

const [moduleUrl, argument] = process.argv.slice(2);
const send = (response: ChildResponse): void => void process.send?.(response);
// Only the subject's own end matters to it; a parent that went away takes it along.
process.on('disconnect', () => process.exit(0));

const builtIn: Subject = {
  cpuMicroseconds: async () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  memoryBytes: async () => process.memoryUsage().rss,
};

try {
  const { start } = (await import(moduleUrl as string)) as { start: (argument: unknown) => Promise<Subject> };
  const subject = await start(JSON.parse(argument as string));
  process.on('message', ({ id, method, argument: given }: ChildRequest) => {
    const run = subject[method] ?? builtIn[method];
    Promise.resolve()
      .then(() => run?.(given))
      .then(
        (result) => send({ id, result: result ?? null }),
        (error: unknown) => send({ id, error: describe(error) }),
      );
  });
  send({ id: 0, result: null });
} catch (error) {
  send({ id: 0, error: describe(error) });
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
