import { type ConnectorConfigs } from '../../config/connect/connector-configs.ts';
import { type RestSettings } from '../../config/rest-settings.ts';
import { type Connectors } from '../connectors.ts';
import { type AdminRoutesOptions, adminRoutes } from './admin-routes.ts';
import { connectorRoutes } from './connector-routes.ts';
import { type DashboardFiles, dashboardRoutes, pageAnswer } from './dashboard-routes.ts';
import { type MetricsRoutesOptions, metricsRoutes } from './metrics-routes.ts';
import { pluginRoutes } from './plugin-routes.ts';
import { rootRoutes } from './root-routes.ts';
import { type Route } from './route.ts';

export interface WorkerRoutesOptions extends MetricsRoutesOptions, AdminRoutesOptions {
  readonly worker: Connectors;
  readonly configs: Pick<ConnectorConfigs, 'judge'>;
  readonly settings: Pick<RestSettings, 'topicTracking' | 'topicTrackingReset'>;
  readonly version: string;
  readonly clusterId: () => Promise<string | null>;
  readonly isStarted: () => boolean;
  readonly dashboard: DashboardFiles;
}

/** Every endpoint of a worker; those of `/admin` may be served elsewhere. */
export function workerRoutes(options: WorkerRoutesOptions): { readonly main: Route[]; readonly admin: Route[] } {
  const { worker, settings, dashboard } = options;
  return {
    main: [
      ...rootRoutes({ ...options, page: () => pageAnswer(dashboard) }),
      ...metricsRoutes(options),
      ...connectorRoutes({ worker, ...settings }),
      ...pluginRoutes(options),
      ...dashboardRoutes({ ...options, files: dashboard }),
    ],
    admin: adminRoutes(options),
  };
}
