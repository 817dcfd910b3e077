import { acceptsHtml } from './access.ts';
import { ok, type RestAnswer, type Route } from './route.ts';

export interface RootRoutesOptions {
  /** Our own version. */
  readonly version: string;
  readonly clusterId: () => Promise<string | null>;
  /** Whether the connectors of the command line have been started. */
  readonly isStarted: () => boolean;
  /** What a browser shows; programs are told the version. */
  readonly page: () => RestAnswer;
}

/** Clients ask for it to know which endpoints there are; these are the ones of that version. */
const CONNECT_VERSION = '4.1.0';

/** `/` and `/health`. */
export function rootRoutes({ version, clusterId, isStarted, page }: RootRoutesOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/',
      notOnlyJson: true,
      handle: async ({ accept }) =>
        acceptsHtml(accept)
          ? page()
          : ok({
              version: `${CONNECT_VERSION}-tributary-${version}`,
              commit: 'unknown',
              kafka_cluster_id: await clusterId(),
            }),
    },
    {
      method: 'GET',
      path: '/health',
      handle: () =>
        isStarted()
          ? ok({ status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' })
          : { status: 503, body: { status: 'starting', message: 'Worker is still starting up.' } },
    },
  ];
}
