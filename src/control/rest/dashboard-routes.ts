import { readFileSync } from 'node:fs';
import { type ConnectorConfigs } from '../../config/connect/connector-configs.ts';
import { type Connectors } from '../connectors.ts';
import { type Overview } from '../dashboard/view.ts';
import { configCheck, connectorView, summaries } from '../dashboard/views.ts';
import { WorkerError } from '../worker-error.ts';
import { ok, param, type RestAnswer, type Route } from './route.ts';

/** The dashboard's page and what belongs to it, by their names. */
export type DashboardFiles = ReadonlyMap<string, string>;

export interface DashboardRoutesOptions {
  readonly worker: Connectors;
  readonly configs: Pick<ConnectorConfigs, 'judge'>;
  /** Our own version. */
  readonly version: string;
  readonly files: DashboardFiles;
}

const INDEX = 'index.html';
const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** The page runs what this server gives it, and nothing else; nobody may frame it. */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/** Reads the files of the dashboard, which stand beside the program. */
export function readDashboardFiles(folder: URL): DashboardFiles {
  return new Map(
    [INDEX, 'page.js', 'style.css', 'icon.svg'].map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]),
  );
}

/** The page itself, for `/`. */
export function pageAnswer(files: DashboardFiles): RestAnswer {
  return fileAnswer(files, INDEX);
}

/** What the dashboard is made of and what it shows. Kafka Connect has nothing below `/tributary`. */
export function dashboardRoutes({ worker, configs, version, files }: DashboardRoutesOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/tributary/dashboard/:file',
      notOnlyJson: true,
      handle: (request) => fileAnswer(files, param(request, 'file')),
    },
    {
      method: 'GET',
      path: '/tributary/overview',
      handle() {
        const time = Date.now();
        return ok({ version, time, connectors: summaries(worker, time) } satisfies Overview);
      },
    },
    {
      method: 'GET',
      path: '/tributary/connectors/:name',
      handle: (request) => ok(connectorView(worker, param(request, 'name'), Date.now())),
    },
    {
      method: 'GET',
      path: '/tributary/connectors/:name/check',
      async handle(request) {
        const given = worker.config(param(request, 'name'));
        return ok(configCheck(given, await configs.judge(new Map(Object.entries(given)))));
      },
    },
  ];
}

function fileAnswer(files: DashboardFiles, name: string): RestAnswer {
  const content = files.get(name);
  const contentType = types[name.slice(name.lastIndexOf('.') + 1)];
  if (content === undefined || contentType === undefined) throw new WorkerError(404, 'HTTP 404 Not Found');
  return { status: 200, text: { contentType, content }, headers: PAGE_HEADERS };
}
