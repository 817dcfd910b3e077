import { type IncomingMessage, type ServerResponse } from 'node:http';
import { httpServer } from './servers.ts';

/** A schema as a registry's REST API gives it. */
export interface ServedSchema {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly { readonly name: string; readonly subject: string; readonly version: number }[];
}

/** A registry of fixed answers, by path; it ends with the test. */
export class FakeRegistry {
  /** What was asked, in order: paths without the query. */
  readonly asked: string[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  /** Answers instead of what is served, until it returns false. */
  intercept: (response: ServerResponse) => boolean = () => false;
  readonly #served = new Map<string, ServedSchema>();
  #url = '';

  static async start(schemas: Readonly<Record<string, ServedSchema>> = {}): Promise<FakeRegistry> {
    const registry = new FakeRegistry();
    for (const [path, schema] of Object.entries(schemas)) registry.serve(path, schema);
    registry.#url = await httpServer((request, response) => registry.#answer(request, response));
    return registry;
  }

  get url(): string {
    return this.#url;
  }

  /** @param path - such as `/schemas/ids/1`. */
  serve(path: string, schema: ServedSchema): void {
    this.#served.set(path, schema);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').split('?')[0] ?? '';
    this.asked.push(path);
    this.headers.push(request.headers);
    if (this.intercept(response)) return;
    const schema = this.#served.get(path);
    response.writeHead(schema ? 200 : 404, { 'Content-Type': 'application/vnd.schemaregistry.v1+json' });
    response.end(JSON.stringify(schema ?? { error_code: 40403, message: 'Schema not found' }));
  }
}
