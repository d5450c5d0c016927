import { hostProcess } from '@mainstay/service';
import { productsService } from './service.ts';

await hostProcess([productsService]);
