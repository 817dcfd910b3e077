/** An address that the REST API is served at. */
export interface Listener {
  readonly scheme: 'http' | 'https';
  /** Empty for every address of the machine. */
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

export const defaultListener = 'http://127.0.0.1:8083';
export const highestPort = 65_535;

/** Reads `http://host:port` or `https://host:port`; undefined for what is neither. */
export function parseListener(address: string): Listener | undefined {
  const [, scheme, host = '', port = ''] =
    /^(https?):\/\/(\[[\da-f:.]+\]|[^:/[\]]*):(\d{1,5})\/?$/i.exec(address) ?? [];
  if (scheme === undefined || Number(port) > highestPort) return undefined;
  return {
    scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http',
    host: host.replaceAll(/[[\]]/g, ''),
    port: Number(port),
  };
}

/** TLS of the listeners; PEM texts. */
export interface ListenerTls {
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string | undefined;
  /** Certificates of the authorities that sign the clients'. */
  readonly ca?: string | undefined;
  readonly clientAuth: 'none' | 'requested' | 'required';
}

/** A header that every answer gets. */
export interface HeaderRule {
  /** `add` keeps one that is there, `set` replaces it; with a date the value is the time of the answer. */
  readonly action: 'add' | 'set' | 'addDate' | 'setDate';
  readonly name: string;
  readonly value: string;
}

/** How the REST API is served. */
export interface RestSettings {
  /** What all of it comes from: messages name its settings. */
  readonly origin: 'worker file' | 'pipeline file';
  /** None: the API is off. */
  readonly listeners: readonly Listener[];
  /** Where `/admin` is served: with the rest when undefined, nowhere when empty. */
  readonly adminListeners: readonly Listener[] | undefined;
  readonly tls: ListenerTls | undefined;
  /** Passwords by user; undefined when nobody has to log in. */
  readonly users: ReadonlyMap<string, string> | undefined;
  /** What other machines call this worker by, where it isn't the listener itself. */
  readonly advertised: { readonly host?: string; readonly port?: number; readonly scheme?: 'http' | 'https' };
  /** Pages of these origins may call; `*` stands for all. */
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly headers: readonly HeaderRule[];
  readonly topicTracking: boolean;
  readonly topicTrackingReset: boolean;
}
