import { SagaAdminService, SagaEnd } from '@mainstay/contracts/mainstay/operations/v1/sagas';
import { type Clock, PlatformError } from '@mainstay/kernel';
import { bindService, type ServiceBinding } from '@mainstay/rpc';
import { sagaReasons } from '@mainstay/saga';
import type { OperatedSagas } from '../definition/operated-service.ts';
import { actorOfCall, type FindOperated, unknown } from './find-operated.ts';
import { sagaMessage, sagaViewMessage, statusesOf } from './saga-message.ts';

const defaultPageSize = 50;

/** Binds what operators see of sagas and do with them. */
export function bindSagaAdmin(find: FindOperated, clock: Clock): ServiceBinding {
  const sagasOf = (request: { readonly service: string }): OperatedSagas =>
    find(request).sagas ?? unknown(`${request.service} runs no sagas`);
  const by = (request: { readonly reason: string }) => ({ actor: actorOfCall(), reason: request.reason });

  return bindService(SagaAdminService, {
    async listSagas(request) {
      const limit = request.pageSize || defaultPageSize;
      const statuses = statusesOf(request.statuses);
      const found = await sagasOf(request).list({
        // One more than the page, which tells whether there is another.
        limit: limit + 1,
        ...(statuses.length > 0 && { statuses }),
        ...(request.name !== '' && { name: request.name }),
        ...(request.subject !== '' && { subject: request.subject }),
        ...(request.minAgeMs > 0n && { createdAtMost: clock.nowMs() - Number(request.minAgeMs) }),
        ...(request.pageToken !== '' && { afterId: request.pageToken }),
        needsIntervention: request.needsIntervention,
      });
      const page = found.slice(0, limit);
      return { sagas: page.map(sagaMessage), nextPageToken: found.length > limit ? (page.at(-1)?.id ?? '') : '' };
    },
    async getSaga(request) {
      const view = await sagasOf(request).read(request.id);
      if (view !== undefined) return sagaViewMessage(view);
      throw new PlatformError(sagaReasons.SAGA_NOT_FOUND, `${request.service} has no saga ${request.id}`);
    },
    async retrySaga(request) {
      await sagasOf(request).act(request.id, { action: 'retry', ...by(request) });
      return {};
    },
    async skipSagaStep(request) {
      await sagasOf(request).act(request.id, { action: 'skip', step: request.step, ...by(request) });
      return {};
    },
    async compensateSaga(request) {
      await sagasOf(request).act(request.id, { action: 'compensate', ...by(request) });
      return {};
    },
    async resolveSaga(request) {
      const as = request.as === SagaEnd.COMPLETED ? 'completed' : 'compensated';
      await sagasOf(request).act(request.id, { action: 'resolve', as, ...by(request) });
      return {};
    },
  });
}
