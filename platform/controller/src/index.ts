export {
  CertificateFolder,
  type CertificateStatus,
  defaultLifetimeMs,
  type IssueOptions,
} from './certificates/certificate-folder.ts';
export type {
  ComponentHealth,
  ComponentKind,
  ComponentState,
  ComponentStatus,
  FleetEvent,
  StartOptions,
} from './component.ts';
export { type ControlClient, createControlClient } from './control/control-client.ts';
export type { FleetStatus } from './control/messages.ts';
export { dataPaths } from './data-dir/data-paths.ts';
export { controllerReasons } from './errors.ts';
export type { Fleet, FleetNote } from './fleet.ts';
export { fleetFileName, readFleetFile } from './fleet-file/read-fleet-file.ts';
export { type StartFleetOptions, startFleet } from './start-fleet.ts';
