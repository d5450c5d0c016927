import { vi } from 'vitest';

// The suites that look at HTTP itself once more, over the engine that is not the default.

vi.stubEnv('MAINSTAY_HTTP_ENGINE', 'node');
await import('./requests.test.ts');
await import('./lifecycle.test.ts');
await import('./hostile.test.ts');
await import('./hostile/findings.test.ts');
