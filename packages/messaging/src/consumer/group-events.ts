import type { CloudEvent } from '../event/cloud-event.ts';

/**
 * Puts events together that one call of a handler may take, so that none overtakes one of its own subject.
 *
 * Each event of a type that is taken together joins the last group of its type, unless an event of its subject stands in a later
 * group; any other event is a group of its own, behind all before it.
 *
 * Shape: groups in the order in which they are to be handled, none empty, each of one type and in the order of the events.
 */
export function groupEvents<Event extends Pick<CloudEvent, 'type' | 'subject'>>(
  events: readonly Event[],
  isTakenTogether: (type: string) => boolean,
): readonly (readonly Event[])[] {
  const groups: Event[][] = [];
  const lastOfType = new Map<string, number>();
  const lastOfSubject = new Map<string, number>();
  for (const event of events) {
    const { type, subject } = event;
    let place = isTakenTogether(type) ? (lastOfType.get(type) ?? -1) : -1;
    if (place < (lastOfSubject.get(subject) ?? 0)) place = groups.push([]) - 1;
    groups[place]!.push(event);
    lastOfType.set(type, place);
    lastOfSubject.set(subject, place);
  }
  return groups;
}
