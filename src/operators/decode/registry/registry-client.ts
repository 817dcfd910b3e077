import { Agent } from 'undici';
import { z } from 'zod';
import { ConfigError, describeError, UnavailableError } from '../../../core/errors.ts';

/** Certificates for `https`, PEM. */
export interface RegistryTls {
  /** Those to trust; without them those that Node trusts. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  /** False when the host's name needn't be in its certificate. */
  readonly serverNameCheck: boolean;
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

const FAILURE = z.object({ error_code: z.number() });

const MAX_REFERENCES = 1_000;
/** Milliseconds that a check may take for each address: somebody waits for it. */
const CHECK_MS = 10_000;

interface Response {
  readonly status: number;
  readonly text: string;
  /** What was asked for, without credentials. */
  readonly place: string;
}

/** Confluent's REST API, as far as reading schemas goes; registries of other makers offer the same. */
export class RegistryClient {
  readonly #options: RegistryClientOptions;
  readonly #agent: Agent;

  constructor(options: RegistryClientOptions) {
    this.#options = options;
    const { ca, cert, key, passphrase, serverNameCheck = true } = options.tls ?? {};
    this.#agent = new Agent({
      connect: {
        timeout: options.connectMs,
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
        ...(passphrase !== undefined && { passphrase }),
        ...(!serverNameCheck && { checkServerIdentity: () => undefined }),
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

  /**
   * Sees whether the registry can be asked: that it is one, and that it takes our credentials.
   *
   * @throws ConfigError when it refuses us or is no registry; UnavailableError when no address answers in time.
   */
  async check(): Promise<void> {
    await this.#tryEach(async (url) => {
      const response = await this.#request(url, '/schemas/types', CHECK_MS);
      const { status, place } = response;
      if (status === 200) return;
      if (status !== 404) throw unavailable(response);
      throw new ConfigError([
        `${place} answers 404, so the address is not that of a schema registry. It has to hold the path of Confluent's API, which is /apis/ccompat/v7 with Apicurio.`,
      ]);
    });
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
    const { connectMs, readMs } = this.#options;
    return this.#tryEach(async (url) => {
      const response = await this.#request(url, path, connectMs + readMs, signal);
      if (response.status === 200) return parseAnswer(response);
      // Another 404, such as a proxy's, says nothing about the schema, and must not make dead letters of its records.
      if (response.status === 404 && isFailure(response.text)) throw new SchemaNotFoundError(said(response));
      throw unavailable(response);
    });
  }

  /** Asks one address after the other until one answers. */
  async #tryEach<T>(ask: (url: string) => Promise<T>): Promise<T> {
    const problems: string[] = [];
    for (const url of this.#options.urls) {
      try {
        return await ask(url);
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        problems.push(error.message);
      }
    }
    throw new UnavailableError(problems.join('; '));
  }

  /** @throws ConfigError when we are refused; UnavailableError when there is no answer within the limit. */
  async #request(url: string, path: string, limitMs: number, signal?: AbortSignal): Promise<Response> {
    const { authorization, headers } = this.#options;
    // Not AbortSignal.timeout: Node.js 20 forgets one that only an AbortSignal.any listens to.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error(`no answer within ${limitMs} ms`)), limitMs);
    let response: Response;
    try {
      const { origin, pathname, search } = new URL(url + path);
      const { statusCode, body } = await this.#agent.request({
        origin,
        path: `${pathname}${search}`,
        method: 'GET',
        headers: {
          ...headers,
          Accept: 'application/vnd.schemaregistry.v1+json, application/json',
          ...(authorization !== undefined && { Authorization: authorization }),
        },
        signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
      });
      response = { status: statusCode, text: await body.text(), place: url + path };
    } catch (error) {
      throw new UnavailableError(`${url}: ${describeError(error)}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
    if (response.status !== 401 && response.status !== 403) return response;
    throw new ConfigError([
      `The schema registry refuses us: ${said(response)}. Check the user name and the password, or the token, that are given for it.`,
    ]);
  }
}

function said({ place, status, text }: Response): string {
  return `${place} answers ${status}: ${text.slice(0, 200)}`;
}

function unavailable(response: Response): UnavailableError {
  return new UnavailableError(said(response));
}

/** Whether a registry says it, in its own words. */
function isFailure(text: string): boolean {
  try {
    return FAILURE.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

function parseAnswer({ text, place }: Response): Answer {
  try {
    return SCHEMA.parse(JSON.parse(text));
  } catch (error) {
    // A proxy's own page, for example: the registry behind it may answer next time.
    throw new UnavailableError(`${place} answers 200 with something else than a schema: ${text.slice(0, 200)}`, {
      cause: error,
    });
  }
}
