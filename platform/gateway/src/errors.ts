import { identityReasons } from './errors/identity-reasons.ts';
import { limitReasons } from './errors/limit-reasons.ts';
import { processReasons } from './errors/process-reasons.ts';
import { requestReasons } from './errors/request-reasons.ts';
import { routeReasons } from './errors/route-reasons.ts';
import { serviceReasons } from './errors/service-reasons.ts';
import { streamReasons } from './errors/stream-reasons.ts';

/** Every reason the gateway raises itself; the reasons of services pass through unchanged. */
export const gatewayReasons = {
  ...routeReasons,
  ...requestReasons,
  ...identityReasons,
  ...limitReasons,
  ...streamReasons,
  ...serviceReasons,
  ...processReasons,
};
