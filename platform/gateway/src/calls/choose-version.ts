import type { Assignment } from '../exchange/assignment.ts';
import { type ChosenService, ownService } from '../protection/choose-service.ts';
import type { Route } from '../routes/compile-routes.ts';
import { placeOf } from '../splits/version-routing.ts';
import type { ServiceCaller } from './service-caller.ts';

/** A place that a call may go to. */
export interface VersionPlace extends ChosenService {
  /** `any` for whichever instance the service has. */
  readonly version: string;
}

/**
 * The places that a call may go to, in their order: versions that have an instance, and last whichever instance there is.
 *
 * A version that the caller chose is the only place: whoever tests one must not get another without knowing.
 *
 * Shape: at least one.
 */
export function placesOf(caller: ServiceCaller, route: Route, assignment: Assignment): readonly VersionPlace[] {
  const { service: name, versions, isChosen } = assignment;
  const places: VersionPlace[] = [];
  for (const version of versions) {
    const { client, hasInstance } = caller.clientAt(route.service, version);
    if (isChosen || hasInstance()) places.push({ name, version, place: placeOf(name, version), client });
  }
  return isChosen ? places : [...places, { ...ownService(caller, route), version: anyVersion }];
}

/** Stands for whichever instance the balancer picks. */
const anyVersion = 'any';

/** The first place of a call that cannot be made twice, such as a stream; noted as the one that served. */
export function firstPlace(caller: ServiceCaller, route: Route, assignment: Assignment): VersionPlace {
  const [place] = placesOf(caller, route, assignment) as [VersionPlace];
  assignment.servedBy = place.version;
  if (place.version === assignment.versions[0]) caller.versions.stands(assignment);
  else caller.versions.stoodIn(assignment, 'no_instance');
  return place;
}
