import { SagaAdminService, SagaEnd } from '@mainstay/contracts/mainstay/operations/v1/sagas';
import { findAt } from '../operator/ask-all.ts';
import { type Operator, openOperator } from '../operator/operator.ts';
import type { ActOptions } from '../operator/operator-options.ts';
import type { Terminal } from '../output/terminal.ts';

const { getSaga, retrySaga, skipSagaStep, compensateSaga, resolveSaga } = SagaAdminService.method;

/** Options of `mainstay saga skip`. */
export interface SkipOptions extends ActOptions {
  readonly step: string;
}

/** Options of `mainstay saga resolve`. */
export interface ResolveOptions extends ActOptions {
  readonly as: 'completed' | 'compensated';
}

interface Named {
  readonly service: string;
  readonly id: string;
  readonly reason: string;
}

/** Has what waits tried at once. */
export function sagaRetry(id: string, options: ActOptions, terminal: Terminal): Promise<number> {
  return act(id, options, {
    terminal,
    done: 'it is tried now',
    run: (operator, named) => operator.call(retrySaga, named),
  });
}

/** Gives the undoing of a step up. */
export function sagaSkip(id: string, options: SkipOptions, terminal: Terminal): Promise<number> {
  return act(id, options, {
    terminal,
    done: `the undoing of ${options.step} is given up; its effect stays`,
    run: (operator, named) => operator.call(skipSagaStep, { ...named, step: options.step }),
  });
}

/** Turns a saga round. */
export function sagaCompensate(id: string, options: ActOptions, terminal: Terminal): Promise<number> {
  return act(id, options, {
    terminal,
    done: 'it turns round at its next checkpoint',
    run: (operator, named) => operator.call(compensateSaga, named),
  });
}

/** Ends a saga as a person says. */
export function sagaResolve(id: string, options: ResolveOptions, terminal: Terminal): Promise<number> {
  const as = options.as === 'completed' ? SagaEnd.COMPLETED : SagaEnd.COMPENSATED;
  return act(id, options, {
    terminal,
    done: `it ends as ${options.as}`,
    run: (operator, named) => operator.call(resolveSaga, { ...named, as }),
  });
}

async function act(
  id: string,
  options: ActOptions,
  {
    terminal,
    done,
    run,
  }: {
    readonly terminal: Terminal;
    readonly done: string;
    readonly run: (operator: Operator, named: Named) => Promise<unknown>;
  },
): Promise<number> {
  const operator = await openOperator(options);
  const { service } = await findAt(await operator.services('sagas'), {
    ask: (name) => operator.call(getSaga, { service: name, id }),
    isUnknown: 'SAGA_NOT_FOUND',
    what: `saga ${id}`,
  });
  await run(operator, { service, id, reason: options.reason });
  if (options.json === true) terminal.line(JSON.stringify({ service, id, done }));
  else terminal.line(`saga ${id} of ${service}: ${done}; see \`mainstay saga show ${id}\``);
  return 0;
}
