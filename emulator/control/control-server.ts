import { type IncomingMessage, type ServerResponse } from 'node:http';
import { answerJson } from '../http/answers.ts';
import { HttpListener, type RequestContext } from '../http/listener.ts';
import { readText } from '../http/read-body.ts';
import { type Controls, ROUTES } from './routes.ts';

const LONGEST_BODY = 1024 * 1024;

/** The control API: the same switches that the library has, for tests and benchmarks in other processes. */
export class ControlServer {
  readonly #controls: Controls;
  readonly #listener: HttpListener;

  constructor(controls: Controls, host: string, port: number) {
    this.#controls = controls;
    this.#listener = new HttpListener({ host, port, maxHeaderBytes: 16_384 }, (context) => this.#serve(context));
  }

  get url(): string {
    return this.#listener.url;
  }

  start(): Promise<void> {
    return this.#listener.start();
  }

  close(): Promise<void> {
    return this.#listener.stop();
  }

  async #serve({ request, response, expectsContinue }: RequestContext): Promise<void> {
    if (expectsContinue) response.writeContinue();
    try {
      answerJson(response, await this.#run(request), { indent: 2 });
    } catch (error) {
      refuse(response, error);
    }
  }

  async #run(request: IncomingMessage): Promise<object> {
    const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const route = ROUTES[`${request.method ?? 'GET'} ${path}`];
    if (route === undefined)
      throw new Error(`There is no ${request.method ?? ''} ${path}; there is ${Object.keys(ROUTES).join(', ')}.`);
    const text = await readText(request, LONGEST_BODY);
    const body: unknown = text.trim() === '' ? {} : JSON.parse(text);
    if (typeof body !== 'object' || body === null) throw new Error('The body must be a JSON object.');
    return (await route(this.#controls, body, new URLSearchParams(query))) ?? { status: 'OK' };
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  answerJson(response, { status: 'FAILED', message }, { status: 400, indent: 2, close: true });
}
