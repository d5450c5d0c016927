import { hostProcess } from '@mainstay/service';
import { usersService } from './service.ts';

await hostProcess([usersService]);
