/** A request, as far as an endpoint needs it. */
export interface RestRequest {
  /** The variable parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown;
  /** `scheme://host:port` that the client called. */
  readonly base: string;
  /** What the client takes, as its `Accept` says. */
  readonly accept: string | undefined;
}

/** An answer: JSON, a text of another type, or nothing. */
export interface RestAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: { readonly contentType: string; readonly content: string };
  readonly location?: string;
  /** What stands there already, because a user wants it, is left as it is. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One endpoint. In the path, `:name` stands for a part that varies. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** It has an answer for clients that don't take JSON. */
  readonly notOnlyJson?: boolean;
  readonly handle: (request: RestRequest) => RestAnswer | Promise<RestAnswer>;
}

export function ok(body: unknown): RestAnswer {
  return { status: 200, body };
}

/** A flag of the query, which is false unless it is true, as Java reads it. */
export function flag(query: URLSearchParams, name: string, fallback = false): boolean {
  return query.has(name) ? query.get(name)?.toLowerCase() === 'true' : fallback;
}

/** A variable part of the path; there is one wherever the path names it. */
export function param({ params }: RestRequest, name: string): string {
  return params[name] ?? '';
}
