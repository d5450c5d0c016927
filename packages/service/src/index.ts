export type { VersionedClient } from './clients/service-clients.ts';
export { type DatabaseDeclaration, defineService, type ServiceDefinition } from './definition.ts';
export { databaseConfig } from './environment/database-config.ts';
export { type HostConfig, hostConfig } from './environment/host-config.ts';
export { type Environment, readEnvironment } from './environment/read-environment.ts';
export { serviceReasons } from './errors.ts';
export type { ConsumerDeclaration, ServiceEvents } from './events/declarations.ts';
export type { Host, HostedService, HostOptions } from './host/host.ts';
export { startHost } from './host/start-host.ts';
export { type KeyedMethods, keyedBinding } from './keyed/keyed-binding.ts';
export { type LoopOptions, startLoop } from './loop/start-loop.ts';
export type { OperatedSagas } from './operations/operated-service.ts';
export type { Act, ActRecord, StuckItem, StuckQuery, StuckSource } from './operations/stuck-source.ts';
export { hostProcess } from './process/host-process.ts';
export { type ParentMessage, tellParent } from './process/parent.ts';
export { classifyCall } from './protection/classify-call.ts';
export type { ProtectedCall, TargetProtectionOptions } from './protection/protected-call.ts';
export type { ProtectionSnapshot } from './protection/protection-layers.ts';
export type {
  BulkheadPolicy,
  CircuitPolicy,
  CircuitScope,
  ConcurrencyPolicy,
  ProtectionPolicy,
} from './protection/protection-policy.ts';
export { circuitSettingsSchema, protectionParts } from './protection/protection-schema.ts';
export { TargetProtection } from './protection/target-protection.ts';
export { createRegistryApi, type RegistryClient } from './registry/create-registry-api.ts';
export type { RunningService } from './running-service.ts';
export type { Mode, ServiceContext } from './service-context.ts';
