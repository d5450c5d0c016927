export { hasRedis, type RedisProcess, startRedis, whySkipped } from './redis-process.ts';
