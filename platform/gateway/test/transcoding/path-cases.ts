import { type TakenCase, takes, takesBody } from './case.ts';

const max = '9223372036854775807';
const min = '-9223372036854775808';

/** Templates, patterns, verbs and what stands between the slashes. */
export const pathCases: readonly TakenCase[] = [
  ...takes('getThing', [
    ['GET /lab/things/a', { text: 'a' }],
    ['GET /lab/things/a%2Fb', { text: 'a/b' }],
    ['GET /lab/things/a%2fb%2F', { text: 'a/b/' }],
    ['GET /lab/things/a+b', { text: 'a+b' }],
    ['GET /lab/things/a%2Bb', { text: 'a+b' }],
    ['GET /lab/things/a%20b', { text: 'a b' }],
    ['GET /lab/things/%C3%A9', { text: 'é' }],
    ['GET /lab/things/%F0%9F%93%9A', { text: '📚' }],
    ['GET /lab/things/100%25', { text: '100%' }],
    ['GET /lab/things/%2525', { text: '%25' }],
    ['GET /lab/things/a%3Fb%23c', { text: 'a?b#c' }],
    ['GET /lab/things/a;b=c', { text: 'a;b=c' }],
    ['GET /lab/things/a&b=c', { text: 'a&b=c' }],
    ['GET /lab/things/..', { text: '..' }],
    ['GET /lab/things/%2E%2E', { text: '..' }],
    ['GET /lab/things/a:b', { text: 'a:b' }],
    ['GET /lab/things/a%3Apaint', { text: 'a:paint' }],
    ['GET /lab/things/%7Btext%7D', { text: '{text}' }],
    ['GET /lab/things/*', { text: '*' }],
    ['GET /lab/things/null', { text: 'null' }],
    ['GET /lab/%74hings/a', { text: 'a' }],
    ['GET /lab/things/a?', { text: 'a' }],
    ['GET /lab/things/specially', { text: 'specially' }],
  ]),
  ...takes('getSpecialThing', [
    ['GET /lab/things/special', {}],
    ['GET /lab/things/%73pecial', {}],
  ]),
  ...takes('getFile', [
    ['GET /lab/files/a', { text: 'a' }],
    ['GET /lab/files/a/b/c.txt', { text: 'a/b/c.txt' }],
    ['GET /lab/files/a%2Fb/c', { text: 'a%2Fb/c' }],
    ['GET /lab/files/a%20b/%C3%A9', { text: 'a b/é' }],
    ['GET /lab/files/a//b', { text: 'a//b' }],
    ['GET /lab/files/a/', { text: 'a/' }],
    ['GET /lab/files/a:b/c:d', { text: 'a:b/c:d' }],
  ]),
  ...takesBody('POST /lab/files/a/b:check', 'checkTree', [['', { text: 'a/b' }]]),
  ...takesBody('POST /lab/things/a:paint', 'paintThing', [['', { text: 'a' }]]),
  ...takesBody('POST /lab/things/a:b:paint', 'paintThing', [['{}', { text: 'a:b' }]]),
  ...takes('getShelfBook', [
    ['GET /lab/shelves/1/books/2', { text: 'shelves/1/books/2' }],
    ['GET /lab/shelves/a%2Fb/books/%20', { text: 'shelves/a%2Fb/books/ ' }],
  ]),
  ...takes('getTyped', [
    [`GET /lab/typed/${max}/COLOUR_RED/true`, { big: max, colour: 'COLOUR_RED', flag: true }],
    [`GET /lab/typed/${min}/2/false`, { big: min, colour: 'COLOUR_BLUE' }],
    ['GET /lab/typed/-0/0/true', { flag: true }],
    ['GET /lab/groups/g/members/m', { inner: { name: 'groups/g' }, text: 'm' }],
    ['GET /lab/groups/g%20h/members/m%2Fn', { inner: { name: 'groups/g h' }, text: 'm/n' }],
    ['GET /lab/ratios/-1.5e3', { ratio: -1500 }],
    ['GET /lab/ratios/Infinity', { ratio: 'Infinity' }],
    ['GET /lab/ratios/NaN', { ratio: 'NaN' }],
    ['GET /lab/raws/AQID', { raw: 'AQID' }],
    ['GET /lab/raws/_-8', { raw: '/+8=' }],
  ]),
  ...takes('batchThings', [['GET /lab/things:batch?text=a', { text: 'a' }]]),
  ...takesBody('POST /lab/things:batch', 'batchThings', [['{"text":"a"}', { text: 'a' }]]),
  ...takes('deleteThing', [['DELETE /lab/things/a?small=1', { text: 'a', small: 1 }]]),
  ...takes('fetchThing', [['PROPFIND /lab/things/a', { text: 'a' }]]),
];
