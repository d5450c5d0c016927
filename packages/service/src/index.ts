export type { VersionedClient } from './clients/service-clients.ts';
export type { HostOptions } from './core/host-options.ts';
export type { ConsumerDeclaration, ServiceEvents } from './definition/declarations.ts';
export { type DatabaseDeclaration, defineService, type ServiceDefinition } from './definition/definition.ts';
export type { KeyedMethods } from './definition/keyed-methods.ts';
export type { OperatedSagas } from './definition/operated-service.ts';
export type { RunningService } from './definition/running-service.ts';
export type { Mode, ServiceContext } from './definition/service-context.ts';
export type { Act, ActRecord, StuckItem, StuckQuery, StuckSource } from './definition/stuck-source.ts';
export { databaseConfig } from './environment/database-config.ts';
export { type HostConfig, hostConfig } from './environment/host-config.ts';
export { type Environment, readEnvironment } from './environment/read-environment.ts';
export { serviceReasons } from './errors.ts';
export type { Host, HostedService } from './host/host.ts';
export { startHost } from './host/start-host.ts';
export { keyedBinding } from './keyed/keyed-binding.ts';
export { type LoopOptions, startLoop } from './loop/start-loop.ts';
export { hostProcess } from './process/host-process.ts';
export { type ParentMessage, tellParent } from './process/parent.ts';
export { classifyCall } from './protection/classify-call.ts';
export type { ProtectedCall, TargetProtectionOptions } from './protection/protected-call.ts';
export type { ProtectionSnapshot } from './protection/protection-layers.ts';
export type {
  BulkheadPolicy,
  BulkheadScope,
  CircuitPolicy,
  CircuitScope,
  ConcurrencyPolicy,
  ProtectionPolicy,
} from './protection/protection-policy.ts';
export { circuitSettingsSchema, protectionParts } from './protection/protection-schema.ts';
export { TargetProtection } from './protection/target-protection.ts';
export { createRegistryApi, type RegistryClient } from './registry/create-registry-api.ts';
export { writtenName } from './written/written-binding.ts';
