export { registryConfig } from './config.ts';
export { registryReasons } from './errors.ts';
export { registryService } from './service.ts';
