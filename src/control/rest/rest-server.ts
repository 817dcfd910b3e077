import { type FastifyInstance } from 'fastify';
import { type Listener, type RestSettings } from '../../config/rest-settings.ts';
import { describeError, UnavailableError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { createApp } from './app.ts';
import { type Route } from './route.ts';

export interface RestServerOptions {
  readonly settings: RestSettings;
  readonly routes: readonly Route[];
  /** `/admin`, which may have addresses of its own. */
  readonly adminRoutes: readonly Route[];
  readonly logger: Logger;
}

/** How messages name the settings. */
const words = {
  'worker file': {
    file: "the worker's file",
    prefix: '',
    danger: 'read the passwords of the connectors and stop them',
    cure: 'Set `rest.basic.auth.users.file`',
  },
  'pipeline file': {
    file: 'the pipeline file',
    prefix: 'rest.',
    danger: 'stop the pipelines and move their offsets',
    cure: 'Set `rest.username` and `rest.password`',
  },
} as const;

/** The REST API at all its addresses. */
export class RestServer {
  readonly #options: RestServerOptions;
  readonly #apps: FastifyInstance[] = [];
  readonly #addresses: string[] = [];

  constructor(options: RestServerOptions) {
    this.#options = options;
  }

  /** Where it is served, `scheme://host:port` each; the first is the one that the worker is known by. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /**
   * Opens every address.
   *
   * @throws UnavailableError with a sentence when one is taken or is none of this machine.
   */
  async listen(): Promise<void> {
    const { settings, routes, adminRoutes, logger } = this.#options;
    const { listeners, adminListeners } = settings;
    const { danger, cure } = words[settings.origin];
    const main = adminListeners ? routes : [...routes, ...adminRoutes];
    for (const listener of listeners) await this.#open(listener, main, 'listeners');
    for (const listener of adminListeners ?? []) await this.#open(listener, adminRoutes, 'admin.listeners');
    logger.info({ addresses: this.#addresses }, `The REST API is served at ${this.#addresses.join(', ')}`);
    if (settings.users === undefined && listeners.some(isOpenToOthers)) {
      logger.warn(
        {},
        `The REST API can be reached from other machines and asks for no password: whoever reaches it can ${danger}. ${cure}, or listen on 127.0.0.1`,
      );
    }
  }

  /** Cuts what is under way. */
  async close(): Promise<void> {
    await Promise.all(this.#apps.splice(0).map((app) => app.close()));
  }

  async #open(listener: Listener, routes: readonly Route[], setting: string): Promise<void> {
    const { settings, logger } = this.#options;
    const { scheme, host, port } = listener;
    const { file, prefix } = words[settings.origin];
    const app = createApp({ routes, settings, logger, tls: scheme === 'https' ? settings.tls : undefined });
    this.#apps.push(app);
    try {
      // Without a host Node takes every address of both families.
      await app.listen({ host: host === '' ? '::' : host, port });
    } catch (error) {
      throw new UnavailableError(
        `The REST API cannot be served at ${scheme}://${host}:${port}: ${reason(error)}. Name another address in \`${prefix}${setting}\` of ${file}; empty, there is no REST API.`,
      );
    }
    const address = app.server.address();
    const bound = typeof address === 'object' && address !== null ? address.port : port;
    this.#addresses.push(`${scheme}://${hostText(host)}:${bound}`);
  }
}

function reason(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'another program uses that port';
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address';
  return code === 'EACCES' ? 'that port is only for the administrator' : describeError(error);
}

function hostText(host: string): string {
  if (host === '' || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function isOpenToOthers({ host }: Listener): boolean {
  return !(host === 'localhost' || host === '::1' || host.startsWith('127.'));
}
