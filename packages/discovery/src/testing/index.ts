export { type RegistryApiCase, registryApiContract } from './registry-api-contract.ts';
