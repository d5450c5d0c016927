import { hostProcess } from '@mainstay/service';
import { registryService } from './service.ts';

await hostProcess([registryService]);
