export { type CardProcessor, type CardProcessorOptions, startCardProcessor } from './card-processor.ts';
export { cardProcessorConfig } from './config.ts';
export { cardNetworkReasons } from './errors.ts';
