import { hostProcess } from '@mainstay/service';
import { ordersService } from './service.ts';

await hostProcess([ordersService]);
