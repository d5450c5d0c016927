import { expect, test } from 'vitest';
import { HeaderRecord } from './header-record.ts';

test.each([['__proto__'], ['constructor'], ['toString'], ['hasOwnProperty']])(
  '%s is undefined until it is set, and then what was set, in this record alone',
  (name) => {
    const headers = new HeaderRecord();
    expect([headers[name], name in headers]).toEqual([undefined, false]);

    headers[name] = 'a';

    expect([headers[name], Object.keys(headers), new HeaderRecord()[name]]).toEqual(['a', [name], undefined]);
  },
);
