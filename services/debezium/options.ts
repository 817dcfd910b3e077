import type { Say } from '../support/say.ts';

export interface DebeziumOptions {
  readonly bootstrapServers: string;
  /** The port of Kafka Connect's REST API; a free one by default. */
  readonly port?: number | undefined;
  /** Properties of the worker that overrule the ones chosen here; with a `group.id` it is a distributed one. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** Java sources of connectors that the worker shall have as well. */
  readonly sources?: readonly string[] | undefined;
  /** The JVM's heap, as `-Xmx` takes it. */
  readonly heap?: string | undefined;
  /** Told what is going on during long steps; standard error by default. */
  readonly say?: Say | undefined;
}

/** Where a worker of Kafka Connect answers. */
export interface DebeziumEndpoints {
  /** Its REST API: connectors are made there. */
  readonly url: string;
}
