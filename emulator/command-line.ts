import { parseArgs } from 'node:util';
import { type Limits } from './limits.ts';
import { DEFAULT_VERSION, type EmulatorOptions } from './settings.ts';

export const HELP = `A StarRocks that answers like StarRocks: FE and BE over HTTP, the MySQL protocol, rows in DuckDB.

Usage: node dist-tools/emulator/main.js [options]

  --host HOST                       address to listen on (127.0.0.1)
  --fe-port N                       FE's http_port (0: a free port)
  --be-port N                       the first BE's be_http_port (0)
  --query-port N                    FE's query_port, for MySQL clients (0)
  --control-port N                  port of the control API (none)
  --backends N                      number of BEs (1)
  --backend-host HOST               address under which BEs are registered (--host)
  --follower                        adds a second FE, a follower
  --version-emulated V              StarRocks release to behave like (${DEFAULT_VERSION})
  --null                            count rows instead of storing them
  --user NAME[:PASSWORD]            adds a user who may load into every table; may be given several times
  --password PASSWORD               root's password (empty)
  --label-keep-max-num N            finished transactions that a database remembers (1000)
  --label-keep-max-second N         and for how long (259200)
  --transaction-clean-interval-second N   how often they are looked at (30)
  --max-running-txn-num-per-db N    running transactions of a database (1000)
  --prepared-timeout-second N       how long a prepared transaction may wait (86400)
  --streaming-load-max-mb N         largest body (102400)
  --streaming-load-max-batch-size-mb N    largest JSON body with a Content-Length (100)
  --cancel-delay-ms N               how late a BE notices that a client has gone (0)
  --schema-change-ms N              how long an ALTER TABLE that is not fast runs (0)
  --duplicate-label-regression      answers duplicate labels with Fail, as some 3.3 and 3.4 builds did
  --help                            this text

When it is ready it prints one line of JSON with its addresses. SIGTERM and SIGINT stop it.
`;

/** What the command line asks for, or undefined for --help. */
export function parseCommandLine(args: readonly string[]): EmulatorOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      host: { type: 'string' },
      'fe-port': { type: 'string' },
      'be-port': { type: 'string' },
      'query-port': { type: 'string' },
      'control-port': { type: 'string' },
      backends: { type: 'string' },
      'backend-host': { type: 'string' },
      follower: { type: 'boolean' },
      'version-emulated': { type: 'string' },
      null: { type: 'boolean' },
      user: { type: 'string', multiple: true },
      password: { type: 'string' },
      'label-keep-max-num': { type: 'string' },
      'label-keep-max-second': { type: 'string' },
      'transaction-clean-interval-second': { type: 'string' },
      'max-running-txn-num-per-db': { type: 'string' },
      'prepared-timeout-second': { type: 'string' },
      'streaming-load-max-mb': { type: 'string' },
      'streaming-load-max-batch-size-mb': { type: 'string' },
      'cancel-delay-ms': { type: 'string' },
      'schema-change-ms': { type: 'string' },
      'duplicate-label-regression': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return undefined;
  const number = (name: NumberOption) => integer(name, values[name]);
  const limits = {
    labelKeepMaxNum: number('label-keep-max-num'),
    labelKeepMaxMs: scaled(number('label-keep-max-second'), 1000),
    transactionCleanIntervalMs: scaled(number('transaction-clean-interval-second'), 1000),
    cancelDelayMs: number('cancel-delay-ms'),
    schemaChangeMs: number('schema-change-ms'),
    maxRunningTransactions: number('max-running-txn-num-per-db'),
    preparedTimeoutMs: scaled(number('prepared-timeout-second'), 1000),
    maxBodyBytes: scaled(number('streaming-load-max-mb'), 1024 * 1024),
    maxJsonBytes: scaled(number('streaming-load-max-batch-size-mb'), 1024 * 1024),
  };
  return given({
    host: values.host,
    fePort: number('fe-port'),
    bePort: number('be-port'),
    queryPort: number('query-port'),
    controlPort: number('control-port'),
    backends: number('backends'),
    backendHost: values['backend-host'],
    follower: values.follower,
    version: values['version-emulated'],
    nullMode: values.null,
    rootPassword: values.password,
    users: values.user?.map(parseUser),
    limits: given<Partial<Limits>>(limits),
    duplicateLabelRegression: values['duplicate-label-regression'],
  });
}

type NumberOption =
  | 'fe-port'
  | 'be-port'
  | 'query-port'
  | 'control-port'
  | 'backends'
  | 'label-keep-max-num'
  | 'label-keep-max-second'
  | 'transaction-clean-interval-second'
  | 'max-running-txn-num-per-db'
  | 'prepared-timeout-second'
  | 'cancel-delay-ms'
  | 'schema-change-ms'
  | 'streaming-load-max-mb'
  | 'streaming-load-max-batch-size-mb';

function integer(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new Error(`--${name} must be a whole number, not "${text}".`);
  return Number(text);
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}

function parseUser(text: string): { name: string; password: string } {
  const colon = text.indexOf(':');
  return colon < 0 ? { name: text, password: '' } : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Leaves out what was not given, so that defaults stay defaults. */
function given<T extends object>(values: { readonly [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
