import { hostProcess } from '@mainstay/service';
import { gatewayService } from './service.ts';

await hostProcess([gatewayService]);
