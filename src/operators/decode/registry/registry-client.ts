import { Agent, request } from 'undici';
import { z } from 'zod';
import { ConfigError, describeError, UnavailableError } from '../../../core/errors.ts';

/** Certificates for `https`, PEM. */
export interface RegistryTls {
  /** Those to trust; without them those that Node trusts. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** False when the host's name needn't be in its certificate (`ssl.endpoint.identification.algorithm` empty). */
  readonly verifyHost?: boolean | undefined;
}

/** How to reach a schema registry and as whom. Times in milliseconds. */
export interface RegistryClientOptions {
  /** Tried in turn until one answers. */
  readonly urls: readonly string[];
  /** The `Authorization` header. */
  readonly authorization?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: RegistryTls | undefined;
  readonly connectMs: number;
  readonly readMs: number;
}

/** A schema as the registry keeps it, with all that it refers to. */
export interface RegisteredSchema {
  readonly type: string;
  readonly text: string;
  /** What it refers to, each after what it refers to itself. */
  readonly references: readonly ReferencedSchema[];
}

export interface ReferencedSchema {
  /** How the referring schema calls it: a Protobuf import, an Avro name, a JSON Schema URL. */
  readonly name: string;
  readonly text: string;
}

/** The registry has no such schema, however often it is asked. */
export class SchemaNotFoundError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SchemaNotFoundError';
  }
}

const SCHEMA = z.object({
  schema: z.string(),
  schemaType: z.string().optional(),
  references: z.array(z.object({ name: z.string(), subject: z.string(), version: z.number() })).nullish(),
});

type Answer = z.infer<typeof SCHEMA>;

const MAX_REFERENCES = 1_000;

/** Confluent's REST API, as far as reading schemas goes; registries of other makers offer the same. */
export class RegistryClient {
  readonly #options: RegistryClientOptions;
  readonly #agent: Agent;

  constructor(options: RegistryClientOptions) {
    this.#options = options;
    const { ca, cert, key, verifyHost = true } = options.tls ?? {};
    this.#agent = new Agent({
      connect: {
        timeout: options.connectMs,
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
        ...(!verifyHost && { checkServerIdentity: () => undefined }),
      },
      headersTimeout: options.readMs,
      bodyTimeout: options.readMs,
    });
  }

  /**
   * @param key - a schema id or a GUID.
   * @throws SchemaNotFoundError; ConfigError when the registry refuses us; UnavailableError when it may answer later.
   */
  async schema(key: string, signal: AbortSignal): Promise<RegisteredSchema> {
    const path = /^-?\d+$/.test(key) ? `/schemas/ids/${key}` : `/schemas/guids/${key}`;
    const answer = await this.#get(path, signal);
    const references = new Map<string, ReferencedSchema>();
    await this.#addReferences(answer, references, signal);
    return { type: answer.schemaType ?? 'AVRO', text: answer.schema, references: [...references.values()] };
  }

  close(): void {
    // What is still under way is of no use to anybody.
    this.#agent.destroy().catch(() => undefined);
  }

  async #addReferences(answer: Answer, found: Map<string, ReferencedSchema>, signal: AbortSignal): Promise<void> {
    for (const { name, subject, version } of answer.references ?? []) {
      if (found.has(name)) continue;
      if (found.size >= MAX_REFERENCES)
        throw new SchemaNotFoundError(`it refers to more than ${MAX_REFERENCES} others`);
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}?deleted=true`;
      const referenced = await this.#get(path, signal);
      await this.#addReferences(referenced, found, signal);
      found.set(name, { name, text: referenced.schema });
    }
  }

  async #get(path: string, signal: AbortSignal): Promise<Answer> {
    const problems: string[] = [];
    for (const url of this.#options.urls) {
      try {
        return await this.#getFrom(url, path, signal);
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        problems.push(error.message);
      }
    }
    throw new UnavailableError(problems.join('; '));
  }

  async #getFrom(base: string, path: string, signal: AbortSignal): Promise<Answer> {
    const { authorization, headers, connectMs, readMs } = this.#options;
    const url = new URL(base);
    const place = `${url.protocol}//${url.host}${url.pathname.replace(/\/$/, '')}`;
    const limitMs = connectMs + readMs;
    // Not AbortSignal.timeout: Node.js 20 forgets one that only an AbortSignal.any listens to.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error(`no answer within ${limitMs} ms`)), limitMs);
    let status: number;
    let text: string;
    try {
      const response = await request(place + path, {
        headers: {
          ...headers,
          Accept: 'application/vnd.schemaregistry.v1+json, application/json',
          ...authorizationOf(authorization, url),
        },
        dispatcher: this.#agent,
        signal: AbortSignal.any([signal, late.signal]),
      });
      status = response.statusCode;
      text = await response.body.text();
    } catch (error) {
      throw new UnavailableError(`${place}: ${describeError(error)}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
    if (status === 200) return parseAnswer(text, place + path);
    const said = `${place}${path} answers ${status}: ${text.slice(0, 200)}`;
    if (status === 404) throw new SchemaNotFoundError(said);
    if (status === 401 || status === 403) {
      throw new ConfigError([
        `The schema registry refuses us: ${said}. Check basic.auth.credentials.source, basic.auth.user.info and bearer.auth.token of the converter.`,
      ]);
    }
    throw new UnavailableError(said);
  }
}

/** Credentials in a URL count for it alone, as `basic.auth.credentials.source=URL` has it. */
function authorizationOf(authorization: string | undefined, { username, password }: URL): Record<string, string> {
  if (authorization !== undefined) return { Authorization: authorization };
  if (username === '') return {};
  return { Authorization: basicAuthorization(decodeURIComponent(username), decodeURIComponent(password)) };
}

export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

function parseAnswer(text: string, place: string): Answer {
  try {
    return SCHEMA.parse(JSON.parse(text));
  } catch (error) {
    // A proxy's own page, for example: the registry behind it may answer next time.
    throw new UnavailableError(`${place} answers 200 with something else than a schema: ${text.slice(0, 200)}`, {
      cause: error,
    });
  }
}
