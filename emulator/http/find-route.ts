/** A request that a server answers: its methods, its path, whose groups are the parameters, and by whom. */
export interface Route<Handler> {
  readonly methods: readonly string[];
  readonly pattern: RegExp;
  readonly handle: Handler;
}

/** The first route of a request, with its parameters decoded. */
export function findRoute<Handler>(
  routes: readonly Route<Handler>[],
  method: string,
  path: string,
): { readonly handle: Handler; readonly parameters: readonly string[] } | undefined {
  for (const { methods, pattern, handle } of routes) {
    const match = pattern.exec(path);
    if (match === null || !methods.includes(method)) continue;
    return { handle, parameters: match.slice(1).map(decode) };
  }
  return undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
