import type { Say } from '../support/say.ts';

export interface PostgresOptions {
  /** The port that it listens on; a free one by default. */
  readonly port?: number | undefined;
  /** Told what is going on during long steps; standard error by default. */
  readonly say?: Say | undefined;
}

/** Where a PostgreSQL answers. Any password lets its user in. */
export interface PostgresEndpoints {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}
