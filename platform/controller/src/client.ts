export type { ComponentHealth, ComponentKind, ComponentState, ComponentStatus, StartOptions } from './component.ts';
export { type ControlClient, createControlClient } from './control/control-client.ts';
export type { FleetStatus } from './control/messages.ts';
export { dataPaths } from './data-dir/data-paths.ts';
export { controllerReasons } from './errors.ts';
export { fleetFileName, readFleetFile } from './fleet-file/read-fleet-file.ts';
