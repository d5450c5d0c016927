/** The spellings of a new service's name that its files need. */
export interface ServiceNames {
  /** Name of the service, its folder, its protobuf area and its table, for example `reviews`. */
  readonly name: string;
  /** The same as a type, for example `Reviews`. */
  readonly Name: string;
  /** The same in the environment, for example `REVIEWS`. */
  readonly NAME: string;
  /** One of what it keeps, for example `review`. */
  readonly entity: string;
  /** The same as a type, for example `Review`. */
  readonly Entity: string;
  /** The same in a reason, for example `REVIEW`. */
  readonly ENTITY: string;
}

// Words that PostgreSQL or protobuf keep for themselves, or that the platform's own areas have.
const reserved = new Set(
  `all analyse array as both case columns constraints default for grant groups in is rows tables to user values with
   buf google grpc mainstay message package postgres service`.split(/\s+/),
);

/**
 * Derives all spellings from the name, or says what is wrong with it.
 *
 * @param name - one lower-case English word in the plural, for example `reviews`.
 * @param taken - names that stand already.
 */
export function deriveNames(name: string, taken: readonly string[]): ServiceNames | string {
  if (!/^[a-z][a-z0-9]{2,29}$/.test(name))
    return `a name is 3 to 30 lower-case letters and digits, got ${JSON.stringify(name)}`;
  if (!name.endsWith('s')) return `a name is a plural such as reviews, got ${JSON.stringify(name)}`;
  if (taken.includes(name)) return `${name} exists already`;
  if (reserved.has(name)) return `${name} is a word of PostgreSQL, protobuf or the platform; choose another`;
  const entity = singular(name);
  return {
    name,
    Name: capitalised(name),
    NAME: name.toUpperCase(),
    entity,
    Entity: capitalised(entity),
    ENTITY: entity.toUpperCase(),
  };
}

function singular(plural: string): string {
  if (plural.endsWith('ies')) return `${plural.slice(0, -3)}y`;
  if (/(ss|x|ch|sh)es$/.test(plural)) return plural.slice(0, -2);
  return plural.slice(0, -1);
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
