import { type TlsFiles } from './http/listener.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { StarRocksVersion } from './version.ts';

/** Everything that can be chosen when an emulator starts; all of it is optional. Port 0 is any free port. */
export interface EmulatorOptions {
  readonly host?: string;
  readonly fePort?: number;
  /** The port of the first BE. Further ones get free ports. */
  readonly bePort?: number;
  readonly queryPort?: number;
  /** Port of the control API; left out, there is none. */
  readonly controlPort?: number;
  readonly backends?: number;
  /** FE's HTTP port speaks HTTPS; its redirects stay http, as in StarRocks. */
  readonly feTls?: TlsFiles;
  /** The host under which BEs are registered, when it is not the one they listen on: often a private address. */
  readonly backendHost?: string;
  /** A second FE, which sends transaction and label requests on to the leader. */
  readonly follower?: boolean;
  readonly version?: string;
  /** Rows are counted and not stored: for benchmarks. */
  readonly nullMode?: boolean;
  readonly rootPassword?: string;
  /** Users that may load into every table. */
  readonly users?: readonly { readonly name: string; readonly password: string }[];
  readonly limits?: Partial<Limits>;
  /** Answers a duplicate label as some 3.3 and 3.4 builds did: `Fail`, without ExistingJobStatus (§3.2). */
  readonly duplicateLabelRegression?: boolean;
}

export interface Settings {
  readonly host: string;
  readonly fePort: number;
  readonly bePort: number;
  readonly queryPort: number;
  readonly controlPort: number | undefined;
  readonly backends: number;
  readonly feTls: TlsFiles | undefined;
  readonly backendHost: string | undefined;
  readonly follower: boolean;
  readonly version: StarRocksVersion;
  readonly nullMode: boolean;
  readonly rootPassword: string;
  readonly users: readonly { readonly name: string; readonly password: string }[];
  readonly limits: Limits;
  readonly duplicateLabelRegression: boolean;
}

export const DEFAULT_VERSION = '3.5.4';

export function toSettings(options: EmulatorOptions): Settings {
  const version = new StarRocksVersion(options.version ?? DEFAULT_VERSION);
  const backends = options.backends ?? 1;
  if (!Number.isInteger(backends) || backends < 1) throw new Error(`backends must be at least 1, not ${backends}.`);
  return {
    host: options.host ?? '127.0.0.1',
    fePort: options.fePort ?? 0,
    bePort: options.bePort ?? 0,
    queryPort: options.queryPort ?? 0,
    controlPort: options.controlPort,
    backends,
    feTls: options.feTls,
    backendHost: options.backendHost,
    follower: options.follower ?? false,
    version,
    nullMode: options.nullMode ?? false,
    rootPassword: options.rootPassword ?? '',
    users: options.users ?? [],
    limits: { ...defaultLimits(version), ...options.limits },
    duplicateLabelRegression: options.duplicateLabelRegression ?? false,
  };
}
