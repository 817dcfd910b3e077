import { createServer, STATUS_CODES } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type ListenerTls, type RestSettings } from '../../config/rest-settings.ts';
import { describeError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { within } from '../../core/within.ts';
import { WorkerError } from '../worker-error.ts';
import { acceptsJson, corsHeaders, headerValue, mayEnter } from './access.ts';
import { type RestAnswer, type Route } from './route.ts';

export interface AppOptions {
  readonly routes: readonly Route[];
  readonly settings: Pick<RestSettings, 'users' | 'allowOrigins' | 'allowMethods' | 'headers'>;
  /** Undefined for plain HTTP. */
  readonly tls: ListenerTls | undefined;
  readonly logger: Logger;
  /** Milliseconds that an answer may take; Kafka Connect's limit by default. */
  readonly answerMs?: number;
}

const ANSWER_MS = 90_000;
/** Milliseconds in which a request must have come in as a whole. */
const REQUEST_MS = 30_000;
/** A configuration is a few kilobytes; what is larger is a mistake. */
const BODY_BYTES = 1024 ** 2;
const PARAM_LENGTH = 2_000;

const phrases: Readonly<Record<number, string>> = {
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
};

/** Serves routes with the manners of Kafka Connect's REST API: its status codes, and its shape of errors. */
export function createApp({ routes, settings, tls, logger, answerMs = ANSWER_MS }: AppOptions): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PARAM_LENGTH },
    frameworkErrors(error, _, reply) {
      sendError(reply, error.statusCode ?? 400, error.message);
    },
    clientErrorHandler: refuseUnreadable,
    serverFactory: (handler, { requestTimeout }: { requestTimeout?: number }) =>
      tls
        ? createSecureServer({ ...secureOptions(tls), requestTimeout: requestTimeout ?? REQUEST_MS }, handler)
        : createServer({ requestTimeout: requestTimeout ?? REQUEST_MS }, handler),
  });
  readBodies(app);
  const notOnlyJson = new Set(routes.flatMap((route) => (route.notOnlyJson ? [route.path] : [])));
  app.addHook('onRequest', (request, reply, done) => {
    greet(request, reply, settings, notOnlyJson);
    if (!reply.sent) done();
  });
  app.setNotFoundHandler((_, reply) => sendError(reply, 404));
  app.setErrorHandler((error: unknown, request, reply) => answerError(error, request, reply, logger));
  for (const route of routes) addRoute(app, route, answerMs);
  for (const path of new Set(routes.map((route) => route.path))) addOtherMethods(app, path, routes);
  return app;
}

function secureOptions({ cert, key, passphrase, ca, clientAuth }: ListenerTls): object {
  return {
    cert,
    key,
    ...(passphrase !== undefined && { passphrase }),
    ...(ca !== undefined && { ca }),
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'required',
  };
}

/** Only JSON is read. Scripts send a content type also where there is no body. */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.trim() === '') done(null, undefined);
    else void parse(request, body, done);
  });
  app.addContentTypeParser<string>('*', { parseAs: 'string' }, (_, body, done) => {
    if (body === '') done(null, undefined);
    else done(new WorkerError(415, phrase(415)));
  });
}

/** What comes before every endpoint: pages of other origins, passwords, and what the client wants to read. */
function greet(
  request: FastifyRequest,
  reply: FastifyReply,
  settings: AppOptions['settings'],
  notOnlyJson: ReadonlySet<string>,
): void {
  const { method, headers } = request;
  const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
  reply.headers(corsHeaders(settings, headers.origin, isPreflight));
  const now = new Date();
  for (const rule of settings.headers) {
    const present = reply.getHeader(rule.name);
    reply.removeHeader(rule.name);
    reply.header(rule.name, headerValue(rule, [present ?? []].flat().map(String), now));
  }
  if (isPreflight && reply.hasHeader('access-control-allow-methods')) {
    reply.code(200).send();
  } else if (!mayEnter(settings.users, headers.authorization)) {
    reply.header('www-authenticate', 'Basic realm="kafka-connect"');
    sendError(reply, 401, 'User cannot access the resource.');
  } else if (!acceptsJson(headers.accept) && method !== 'OPTIONS' && !notOnlyJson.has(request.routeOptions.url ?? '')) {
    sendError(reply, 406);
  }
}

function addRoute(app: FastifyInstance, { method, path, handle }: Route, answerMs: number): void {
  app.route<{ Params: Record<string, string> }>({
    method,
    url: path,
    async handler(request, reply) {
      const { params, body, protocol, host, url, headers } = request;
      const mark = url.indexOf('?');
      const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
      let answer: RestAnswer | undefined;
      const inTime = await within(
        answerMs,
        Promise.resolve(handle({ params, query, body, base: `${protocol}://${host}`, accept: headers.accept })).then(
          (given) => {
            answer = given;
          },
        ),
      );
      if (!inTime || !answer) throw new WorkerError(500, 'Request timed out. What was asked for goes on.');
      return send(reply, answer);
    },
  });
}

function send(reply: FastifyReply, { status, body, text, location, headers = {} }: RestAnswer): FastifyReply {
  reply.code(status);
  for (const [name, value] of Object.entries(headers)) if (!reply.hasHeader(name)) reply.header(name, value);
  if (text !== undefined) return reply.type(text.contentType).send(text.content);
  if (location !== undefined) reply.header('location', location);
  return body === undefined ? reply.send() : sendJson(reply, body);
}

/** The methods that a path has not are 405, and OPTIONS tells those that it has. */
function addOtherMethods(app: FastifyInstance, path: string, routes: readonly Route[]): void {
  const own = routes.filter((route) => route.path === path).map(({ method }) => method);
  const allowed: string[] = [...(own.includes('GET') ? ['HEAD'] : []), ...own.toReversed(), 'OPTIONS'];
  const others = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'].filter(
    (method) => !allowed.includes(method),
  );
  app.route({
    method: others,
    url: path,
    // Before the body is read: what cannot be taken has no type that would be wrong.
    onRequest(_, reply) {
      sendError(reply.header('allow', allowed.join(',')), 405);
    },
    handler: () => undefined,
  });
  app.options(path, (_, reply) =>
    reply
      .header('allow', allowed.join(','))
      .type('text/plain')
      .send(Buffer.from(allowed.join(', '))),
  );
}

/** What is no request, or one whose line and headers are too long, reaches no endpoint. */
function refuseUnreadable(error: Error & { readonly code: string }, socket: Socket): void {
  if (socket.writable) {
    const status = UNREADABLE[error.code] ?? 400;
    const phrase = STATUS_CODES[status] ?? '';
    const body = JSON.stringify({ error_code: status, message: `HTTP ${status} ${phrase}` });
    socket.write(
      `HTTP/1.1 ${status} ${phrase}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}

const UNREADABLE: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): FastifyReply {
  if (error instanceof WorkerError) {
    if (error.status >= 500) logger.warn({ error: error.message }, `${request.method} ${request.url} has failed`);
    return sendError(reply, error.status, error.message);
  }
  const status = statusOf(error);
  if (status < 500) return sendError(reply, status, status === 400 ? describeError(error) : phrase(status));
  logger.error({ error: describeError(error) }, `${request.method} ${request.url} has failed`);
  return sendError(reply, 500, describeError(error));
}

function statusOf(error: unknown): number {
  const status: unknown = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : 500;
}

function phrase(status: number): string {
  return `HTTP ${status} ${phrases[status] ?? 'Error'}`;
}

function sendError(reply: FastifyReply, status: number, message = phrase(status)): FastifyReply {
  return sendJson(reply.code(status), { error_code: status, message });
}

/** As bytes, so that the content type stays what Kafka Connect's is, without a charset. */
function sendJson(reply: FastifyReply, body: unknown): FastifyReply {
  return reply.type('application/json').send(Buffer.from(JSON.stringify(body)));
}
