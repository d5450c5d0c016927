import { PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';
import { decodePercent } from '../transcode/request-target.ts';
import { captureVariable } from './capture-variable.ts';
import type { PathTemplate } from './template.ts';

/** What the matcher needs of a route; the rest of the route is the caller's. */
export interface Matchable {
  /** Upper-case HTTP method. */
  readonly httpMethod: string;
  readonly template: PathTemplate;
}

/** What a path and method lead to. `not_allowed` names the methods that the path has, in alphabetical order. */
export type RouteMatch<R> =
  | { readonly kind: 'found'; readonly route: R; readonly pathValues: ReadonlyMap<string, string> }
  | { readonly kind: 'not_allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'not_found' };

/** Finds the route of a request. */
export interface RouteMatcher<R> {
  /**
   * @param method - as sent; `HEAD` is served by the route of `GET`.
   * @param path - still percent-encoded, without the query.
   * @throws {@link PlatformError} `invalid_argument` / `URL_MALFORMED` when the path is not percent-encoded UTF-8.
   */
  match(method: string, path: string): RouteMatch<R>;
}

/** A path in the pieces that the tree is walked with: once as sent, once decoded. */
interface SplitPath {
  readonly raw: readonly string[];
  readonly decoded: readonly string[];
}

interface Node<R> {
  readonly literals: Map<string, Node<R>>;
  single: Node<R> | undefined;
  /** Routes that end here, by verb, then by method. */
  readonly ends: Map<string, Map<string, R>>;
  /** Routes that end here with `**`, by verb, then by method. */
  readonly restEnds: Map<string, Map<string, R>>;
}

/**
 * Compiles routes into one tree of path segments.
 *
 * A fixed segment wins over `*`, which wins over `**`; of several templates that fit, the first that has the
 * method is taken, and only when none has it the answer is `not_allowed`. A custom verb is what follows the last
 * literal colon of the last segment when some route has that verb there; otherwise the colon belongs to the
 * segment, and `%3A` always does. `*` takes one segment that is not empty, so `/v1/orders/` is not `/v1/orders`.
 *
 * Cost: one step per segment and per template alternative; no regular expression is built from a template.
 *
 * @throws {@link PlatformError} `invalid_argument` / `ROUTE_INVALID` when two routes have one method and path.
 */
export function createMatcher<R extends Matchable>(routes: readonly R[]): RouteMatcher<R> {
  const root = createNode<R>();
  for (const route of routes) insert(root, route);

  return {
    match(method, path) {
      const split = splitPath(path);
      if (split === undefined) return { kind: 'not_found' };
      const wanted = method === 'HEAD' ? 'GET' : method;
      const last = split.raw[split.raw.length - 1] ?? '';
      const colon = last.lastIndexOf(':');
      if (colon > 0) {
        const verb = decodePercent(last.slice(colon + 1), 'path');
        const cut = splitPath(path.slice(0, path.lastIndexOf(':')));
        const withVerb = verb === '' || cut === undefined ? undefined : find(root, cut, { verb, method: wanted });
        if (withVerb !== undefined && withVerb.kind !== 'not_found') return withVerb;
      }
      return find(root, split, { verb: '', method: wanted });
    },
  };
}

function createNode<R>(): Node<R> {
  return { literals: new Map(), single: undefined, ends: new Map(), restEnds: new Map() };
}

function insert<R extends Matchable>(root: Node<R>, route: R): void {
  let node = root;
  let ends = root.ends;
  for (const segment of route.template.segments) {
    if (segment.kind === 'rest') {
      ends = node.restEnds;
      continue;
    }
    let next = segment.kind === 'single' ? node.single : node.literals.get(segment.text);
    if (next === undefined) {
      next = createNode<R>();
      if (segment.kind === 'single') node.single = next;
      else node.literals.set(segment.text, next);
    }
    node = next;
    ends = node.ends;
  }
  const byMethod = ends.get(route.template.verb) ?? new Map<string, R>();
  ends.set(route.template.verb, byMethod);
  const taken = byMethod.get(route.httpMethod);
  if (taken !== undefined) {
    const message = `${route.httpMethod} ${route.template.source} and ${taken.httpMethod} ${taken.template.source} are one route`;
    throw new PlatformError(gatewayReasons.ROUTE_INVALID, message);
  }
  byMethod.set(route.httpMethod, route);
}

function splitPath(path: string): SplitPath | undefined {
  if (!path.startsWith('/')) return undefined;
  const raw = path.slice(1).split('/');
  return { raw, decoded: path.includes('%') ? raw.map((segment) => decodePercent(segment, 'path')) : raw };
}

/** What is looked for at the end of a path. */
interface Wanted {
  readonly verb: string;
  readonly method: string;
}

function find<R extends Matchable>(root: Node<R>, path: SplitPath, wanted: Wanted): RouteMatch<R> {
  const route = search(root, wanted, { segments: path.decoded, at: 0 });
  if (route !== undefined) {
    const pathValues = new Map<string, string>();
    for (const variable of route.template.variables)
      pathValues.set(variable.fieldPath, captureVariable(variable, path.raw));
    return { kind: 'found', route, pathValues };
  }
  const allowed = new Set<string>();
  for (const byMethod of candidates(root, path.decoded, wanted.verb))
    for (const name of byMethod.keys()) allowed.add(name);
  if (allowed.size === 0) return { kind: 'not_found' };
  if (allowed.has('GET')) allowed.add('HEAD');
  return { kind: 'not_allowed', allow: [...allowed.add('OPTIONS')].sort() };
}

/** The best route that has the method; in the order of {@link candidates}, without a list of them. */
function search<R>(
  node: Node<R>,
  wanted: Wanted,
  { segments, at }: { readonly segments: readonly string[]; readonly at: number },
): R | undefined {
  const segment = segments[at];
  let found: R | undefined;
  if (segment === undefined) found = node.ends.get(wanted.verb)?.get(wanted.method);
  else if (segment !== '') {
    const rest = { segments, at: at + 1 };
    const literal = node.literals.get(segment);
    if (literal !== undefined) found = search(literal, wanted, rest);
    if (found === undefined && node.single !== undefined) found = search(node.single, wanted, rest);
  }
  return found ?? node.restEnds.get(wanted.verb)?.get(wanted.method);
}

/** All sets of routes that fit the segments left, best first. */
function* candidates<R>(node: Node<R>, left: readonly string[], verb: string): Generator<Map<string, R>> {
  const [segment, ...others] = left;
  if (segment === undefined) {
    const here = node.ends.get(verb);
    if (here !== undefined) yield here;
  } else if (segment !== '') {
    const literal = node.literals.get(segment);
    if (literal !== undefined) yield* candidates(literal, others, verb);
    if (node.single !== undefined) yield* candidates(node.single, others, verb);
  }
  const rest = node.restEnds.get(verb);
  if (rest !== undefined) yield rest;
}
