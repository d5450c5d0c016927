import { hostProcess } from '@mainstay/service';
import { paymentsService } from './service.ts';

await hostProcess([paymentsService]);
