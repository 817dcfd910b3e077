import type { Say } from '../support/say.ts';

export interface RegistryOptions {
  /** The port of its HTTP listener; a free one by default. */
  readonly port?: number | undefined;
  /** The JVM's heap, as `-Xmx` takes it. */
  readonly heap?: string | undefined;
  /** Told what is going on during long steps; standard error by default. */
  readonly say?: Say | undefined;
}

/** Where a registry answers. */
export interface RegistryEndpoints {
  /** What clients of Confluent's registry take for `schema.registry.url`. */
  readonly url: string;
}
