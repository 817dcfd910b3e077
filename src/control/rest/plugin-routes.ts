import { type ConnectorConfigs } from '../../config/connect/connector-configs.ts';
import { pluginConfig, plugins, requireOwnClass, requireSameClass } from '../plugins.ts';
import { readConfig } from './bodies.ts';
import { flag, ok, param, type Route } from './route.ts';

export interface PluginRoutesOptions {
  readonly configs: Pick<ConnectorConfigs, 'judge'>;
  /** Version of the plugins. */
  readonly version: string;
}

/** `/connector-plugins` and everything below it. */
export function pluginRoutes({ configs, version }: PluginRoutesOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/connector-plugins',
      handle: ({ query }) => ok(plugins(version, { connectorsOnly: flag(query, 'connectorsOnly', true) })),
    },
    {
      method: 'GET',
      path: '/connector-plugins/:plugin/config',
      handle: (request) => ok(pluginConfig(param(request, 'plugin'))),
    },
    {
      method: 'PUT',
      path: '/connector-plugins/:plugin/config/validate',
      async handle(request) {
        const given = readConfig(request.body);
        const wanted = given.get('connector.class')?.trim() ?? '';
        if (wanted !== '') requireSameClass(param(request, 'plugin'), wanted);
        requireOwnClass(given);
        return ok((await configs.judge(given)).infos);
      },
    },
  ];
}
