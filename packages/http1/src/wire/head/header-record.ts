/**
 * Headers by name, with nothing inherited: whatever a client calls a header is a property of its own, or undefined.
 *
 * Cost: half of an object without a prototype, which is a hash table from the start.
 */
export class HeaderRecord {
  [name: string]: string | undefined;
}

Object.setPrototypeOf(HeaderRecord.prototype, null);
Reflect.deleteProperty(HeaderRecord.prototype, 'constructor');
