/**
 * Methods that some route has at a path, ascending, `HEAD` with every `GET`.
 *
 * @param routes - patterns such as `/services/:name`.
 * @returns empty when no route has the path.
 */
export function allowedMethods(
  routes: readonly { readonly method: string; readonly url: string }[],
  path: string,
): readonly string[] {
  const methods = routes
    .filter((route) => new RegExp(`^${route.url.replaceAll(/:[a-z]+/g, '[^/]+')}$`).test(path))
    .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return [...new Set(methods)].sort();
}
