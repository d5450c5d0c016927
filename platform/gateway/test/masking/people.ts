import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { HomeSchema, type Person, PersonSchema } from '../contracts/gen/lab/v1/lab_pb.ts';
import { userId } from '../token-issuer.ts';

const home = { street: '1 Hill Road', country: 'FR' };
const homeMessage = create(HomeSchema, home);

/** Someone with a value in every field. */
function personOf(user: string, reachedBy: Person['reachedBy'], ...friends: Person[]): Person {
  return create(PersonSchema, {
    userId: user,
    email: 'jane.doe@example.com',
    score: 7,
    age: 41,
    secret: 'hunter2@example.com',
    home,
    nicknames: ['Jay', 'jd@example.com'],
    notes: { diet: 'vegan', none: '' },
    homes: { summer: home },
    friends,
    reachedBy,
    extra: anyPack(HomeSchema, homeMessage),
    picture: new Uint8Array([1, 2, 3]),
    bornAt: { seconds: 1n, nanos: 0 },
    formerName: 'Smith',
    etag: 'v1',
    passport: { contentType: 'image/png', data: new Uint8Array([4]) },
  });
}

const strangerId = '0192f3c1-0000-7c3a-9d5e-000000000000';
const byPhone: Person['reachedBy'] = { case: 'phone', value: '+33 1 23 45' };
const atPlace: Person['reachedBy'] = { case: 'place', value: homeMessage };

/** The user of the usual token, who knows a stranger. */
export const customer = personOf(userId, byPhone, personOf(strangerId, atPlace));
/** Somebody else, who knows the user. */
export const stranger = personOf(strangerId, atPlace, personOf(userId, byPhone));

/** How much of a person somebody is shown. */
export type Shown = 'secrets' | 'personal data' | 'nothing personal';

/** A person as JSON, and the friend that is shown in another way. */
export function personJson(who: 'customer' | 'stranger', shown: Shown, friendShown: Shown): unknown {
  const [own, friend] = who === 'customer' ? (['customer', 'stranger'] as const) : (['stranger', 'customer'] as const);
  return { ...alone(own, shown), friends: [{ ...alone(friend, friendShown), friends: [] }] };
}

function alone(who: 'customer' | 'stranger', shown: Shown): Record<string, unknown> {
  const isShown = shown !== 'nothing personal';
  const place = isShown ? home : { street: '***', country: 'FR' };
  const phone = isShown ? '+33 1 23 45' : '***';
  return {
    user_id: who === 'customer' ? userId : strangerId,
    email: isShown ? 'jane.doe@example.com' : 'j***@e***.com',
    score: 7,
    secret: shown === 'secrets' ? 'hunter2@example.com' : '***',
    home: place,
    nicknames: isShown ? ['Jay', 'jd@example.com'] : ['***', '***@e***.com'],
    notes: isShown ? { diet: 'vegan', none: '' } : { diet: '***', none: '' },
    homes: { summer: place },
    ...(who === 'customer' ? { phone } : { place }),
    extra: { '@type': 'type.googleapis.com/lab.v1.Home', ...place },
    former_name: isShown ? 'Smith' : '***',
    etag: 'v1',
    ...(isShown && {
      age: 41,
      picture: 'AQID',
      born_at: '1970-01-01T00:00:01Z',
      passport: { content_type: 'image/png', data: 'BA==', extensions: [] },
    }),
  };
}
