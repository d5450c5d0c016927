export { createSealer, type Sealer, type SealerOptions } from './create-sealer.ts';
export { sealingReasons } from './errors.ts';
