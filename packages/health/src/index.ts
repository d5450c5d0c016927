export type { CheckFunction, CheckOptions, CheckReport } from './checks/check.ts';
export {
  createHealth,
  type Health,
  type HealthAnswer,
  type HealthDetail,
  type HealthOptions,
  type LifecycleState,
} from './create-health.ts';
export { healthReasons } from './errors.ts';
export type { ProcessFacts } from './process-facts.ts';
export type { ManagementAction } from './server/run-action.ts';
export {
  type ManagementServer,
  type ManagementServerOptions,
  startManagementServer,
} from './server/start-management-server.ts';
