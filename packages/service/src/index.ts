export { type DatabaseDeclaration, defineService, type ServiceDefinition } from './definition.ts';
export { type Host, type HostedService, type HostOptions, startHost } from './host.ts';
export { hostProcess } from './host-process.ts';
export type { RunningService } from './running-service.ts';
export type { Mode, ServiceContext } from './service-context.ts';
