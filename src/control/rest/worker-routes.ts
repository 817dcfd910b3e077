import { type ConnectorConfigs } from '../../config/connect/connector-configs.ts';
import { type RestSettings } from '../../config/rest-settings.ts';
import { type Loggers } from '../loggers.ts';
import { type Worker } from '../worker.ts';
import { adminRoutes } from './admin-routes.ts';
import { connectorRoutes } from './connector-routes.ts';
import { type DashboardFiles, dashboardRoutes, pageAnswer } from './dashboard-routes.ts';
import { type MetricsRoutesOptions, metricsRoutes } from './metrics-routes.ts';
import { pluginRoutes } from './plugin-routes.ts';
import { rootRoutes } from './root-routes.ts';
import { type Route } from './route.ts';

export interface WorkerRoutesOptions extends MetricsRoutesOptions {
  readonly worker: Worker;
  readonly configs: Pick<ConnectorConfigs, 'judge'>;
  readonly loggers: Loggers;
  readonly settings: Pick<RestSettings, 'topicTracking' | 'topicTrackingReset'>;
  readonly version: string;
  readonly clusterId: () => Promise<string | null>;
  readonly isStarted: () => boolean;
  readonly dashboard: DashboardFiles;
}

/** Every endpoint of a worker; those of `/admin` may be served elsewhere. */
export function workerRoutes(options: WorkerRoutesOptions): { readonly main: Route[]; readonly admin: Route[] } {
  const { worker, settings, loggers, dashboard } = options;
  return {
    main: [
      ...rootRoutes({ ...options, page: () => pageAnswer(dashboard) }),
      ...metricsRoutes(options),
      ...connectorRoutes({ worker, ...settings }),
      ...pluginRoutes(options),
      ...dashboardRoutes({ ...options, files: dashboard }),
    ],
    admin: adminRoutes(loggers),
  };
}
