import { type ConfigCheck, type ConnectorView, type Overview } from '../view.ts';

/** Milliseconds after which a server that says nothing counts as away. */
const ANSWER_MS = 5_000;
/** A stop of loads under way, or a check that asks Kafka and StarRocks, may take its time. */
const ACTION_MS = 100_000;

export function fetchOverview(): Promise<Overview> {
  return call<Overview>('GET', 'tributary/overview');
}

export function fetchConnector(name: string): Promise<ConnectorView> {
  return call<ConnectorView>('GET', `tributary/connectors/${encodeURIComponent(name)}`);
}

export function fetchCheck(name: string): Promise<ConfigCheck> {
  return call<ConfigCheck>('GET', `tributary/connectors/${encodeURIComponent(name)}/check`, undefined, ACTION_MS);
}

/** Kafka Connect's own check of a configuration that is not in use. */
export async function validate(config: Readonly<Record<string, unknown>>): Promise<ConfigCheck> {
  const infos = await call<{
    readonly configs: readonly {
      readonly value: { readonly name: string; readonly value: string | null; readonly errors: readonly string[] };
    }[];
  }>('PUT', 'connector-plugins/StarRocksSinkConnector/config/validate', config, ACTION_MS);
  const settings = infos.configs.map(({ value: { name, value, errors } }) => ({ name, value, errors }));
  return {
    settings: settings.filter(({ name, errors }) => errors.length > 0 || Object.hasOwn(config, name)),
    warnings: [],
  };
}

/** What a person may do to a connector, by Kafka Connect's own requests. */
export type Action = 'pause' | 'resume' | 'restart';

export async function act(name: string, action: Action): Promise<void> {
  const path = `connectors/${encodeURIComponent(name)}`;
  if (action === 'restart') await call('POST', `${path}/restart?includeTasks=true`, undefined, ACTION_MS);
  else await call('PUT', `${path}/${action}`, undefined, ACTION_MS);
}

/** The server has answered, and refused. */
export class RefusedError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'RefusedError';
    this.status = status;
  }
}

/** Relative paths, so that the page also works behind a proxy that puts something before them. */
async function call<T>(method: string, path: string, body?: unknown, limitMs = ANSWER_MS): Promise<T> {
  const response = await fetch(path, {
    method,
    cache: 'no-store',
    signal: AbortSignal.timeout(limitMs),
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  // It is this server that says what it is.
  const answer = text === '' ? undefined : (JSON.parse(text) as T & { readonly message?: string });
  if (!response.ok) throw new RefusedError(response.status, answer?.message ?? `HTTP ${response.status}`);
  return answer as T;
}
