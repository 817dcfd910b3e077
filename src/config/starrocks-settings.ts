import { z } from 'zod';
import { delimiterBytes, delimiterHeader } from '../core/csv-dialect.ts';
import { topicPatternFault } from '../core/java-regex.ts';
import { feUrl } from './addresses.ts';
import { anyText, oneOf, setting, text, wholeNumber } from './settings.ts';

/** What every load says unless the user says otherwise: StarRocks' own defaults turn bad values into NULL and report success. */
export const defaultLoadProperties: Readonly<Record<string, string>> = {
  strict_mode: 'true',
  max_filter_ratio: '0',
  strip_outer_array: 'true',
  ignore_json_size: 'true',
  timeout: '600',
};

// Why a Stream Load header is not the user's to set; each completes "… is set, but".
const ownHeaders: Readonly<Record<string, string>> = {
  format: 'the format has a setting of its own',
  label: 'Tributary makes the labels, which is how a load is not repeated',
  compression: 'compression has a setting of its own',
  authorization: 'it comes from the user name and the password',
  ...Object.fromEntries(
    ['host', 'connection', 'content-length', 'content-type', 'transfer-encoding', 'expect', 'db', 'table'].map(
      (name) => [name, 'Tributary sets it for each load'],
    ),
  ),
};

const delimiterNames = ['column_separator', 'row_delimiter'];
const LONGEST_DELIMITER = 50;

function headerFault(name: string, value: string): string | undefined {
  const own = ownHeaders[name];
  if (own !== undefined) return own;
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return 'its name cannot be the name of an HTTP header';
  if (/[^\t\P{Cc}]/u.test(value)) return 'its value must be text on one line, without control characters';
  if (delimiterNames.includes(name) && (value === '' || delimiterBytes(value).length > LONGEST_DELIMITER)) {
    return `it must have from 1 to ${LONGEST_DELIMITER} bytes`;
  }
  if (name === 'strip_outer_array' && value.toLowerCase() !== 'true') {
    return 'it must be true, because a load is sent as one JSON array';
  }
  if (name === 'max_filter_ratio' && !(Number(value) >= 0 && Number(value) <= 1))
    return 'it must be a number from 0 to 1';
  if (name === 'timeout' && !(Number.isInteger(Number(value)) && Number(value) >= 1 && Number(value) <= 259_200)) {
    return 'it must be a whole number from 1 to 259200 s';
  }
  return undefined;
}

/** Names in lower case, each with its value as text. */
const givenProperties = z
  .record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean()], { error: 'it must be a text, a number or true or false' }),
    {
      error: 'it must be a list of names and values',
    },
  )
  .transform((given, context) => {
    const headers: Record<string, string> = {};
    for (const [key, value] of Object.entries(given)) {
      const name = key.trim().toLowerCase();
      const text = delimiterNames.includes(name) ? delimiterHeader(String(value)) : String(value);
      const fault = headerFault(name, text);
      if (fault !== undefined) context.issues.push({ code: 'custom', message: fault, path: [key], input: value });
      headers[name] = text;
    }
    return headers;
  });

const loadProperties = givenProperties.transform((given) => ({ ...defaultLoadProperties, ...given }));

const table = text('the name of a table')
  .trim()
  // A slash would leave the table's place in the load's URL.
  .regex(/^[^\s/.]+(\.[^\s/.]+)?$/u, { error: 'it must be the name of a table, or `database.table`' });

const tableRule = z.strictObject({
  topics: text('a regular expression').refine((pattern) => topicPatternFault(pattern) === undefined, {
    error: ({ input }) => `it is no regular expression that Java would read alike: ${topicPatternFault(String(input))}`,
  }),
  table,
});

const nodeAddress = text('host:port').regex(/^[^\s/:]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$/i, {
  error: 'it must be host:port',
});

export const starrocksSettings = setting(
  z.strictObject({
    urls: setting(
      z.array(feUrl, { error: 'it must be a list of addresses' }).min(1, { error: 'it must name at least one FE' }),
      'HTTP addresses of the FEs, `host:port` or `https://host:port`. The next one is used when one does not answer.',
      { connect: { key: 'starrocks.http.url', scope: 'connector' }, rangeText: 'host:port, …' },
    ),
    mysqlAddresses: setting(
      z
        .array(nodeAddress, { error: 'it must be a list of addresses' })
        .min(1, { error: 'it must name at least one FE' })
        .optional(),
      "Addresses of the FEs' MySQL port, `host:port`; only `schemaEvolution` uses it.",
      {
        connect: { key: 'starrocks.mysql.url', scope: 'connector' },
        defaultText: 'the hosts of `urls`, port 9030',
        rangeText: 'host:port, …',
      },
    ),
    database: setting(text('the name of a database').trim(), 'Database of the target tables.', {
      connect: { key: 'starrocks.database.name', scope: 'connector' },
    }),
    username: setting(text('a user name'), 'User with the INSERT privilege on the target tables.', {
      connect: { key: 'starrocks.username', scope: 'connector' },
    }),
    password: setting(anyText(), 'Password of that user; may be empty.', {
      secret: true,
      connect: { key: 'starrocks.password', scope: 'connector' },
    }),
    tables: setting(
      z.record(z.string(), table, { error: 'it must be a list of topics and their tables' }).default({}),
      'Target table of a topic, where it is not called like the topic: `table`, or `database.table` for one of another database. In Connect files any name that StarRocks takes works here; ' +
        'the Java connector stops at one-letter, non-ASCII and hyphenated ones.',
      { connect: { key: 'starrocks.topic2table.map', scope: 'connector', reader: 'own' }, rangeText: 'topic: table' },
    ),
    tableRules: setting(
      z.array(tableRule, { error: 'it must be a list of rules, each with `topics` and `table`' }).default([]),
      'Target tables of topics that `tables` does not name, by regular expressions that match whole names: the first one counts. `$1` in `table` is what the first group matched, with `_` for dots.',
      { rangeText: 'topics, table' },
    ),
    tableProperties: setting(
      z.record(table, givenProperties, { error: 'it must be a list of tables and their properties' }).default({}),
      'Stream Load headers of one table, which take the place of those in `properties`.',
      {
        connect: { key: 'sink.table.*.properties.*', scope: 'connector', reader: 'own' },
        rangeText: 'table: name: value',
      },
    ),
    connectTimeoutMs: setting(
      wholeNumber(100, 60_000, 'ms').default(1000),
      "Longest wait for a connection to StarRocks. 1000 as the product doc says; the connector's code has 100.",
      { connect: { key: 'connect.timeoutms', scope: 'connector', range: [100, 60_000] } },
    ),
    ca: setting(
      text('certificates as PEM text, or the path of a PEM file').optional(),
      'Certificates of the authorities that sign the FEs, for `https://` addresses: PEM text or the path of a PEM file. Without it, those that Node trusts (`NODE_EXTRA_CA_CERTS` adds to them).',
    ),
    addressMap: setting(
      z
        .record(nodeAddress, nodeAddress, { error: 'it must be a list of addresses, each with the one to use for it' })
        .default({}),
      'Where a node of StarRocks is reached from here, by the address that it registered with: for clusters on private addresses.',
      { rangeText: 'host:port: host:port' },
    ),
    idleTimeoutMs: setting(
      wholeNumber(1000, 3_600_000, 'ms').default(60_000),
      'Longest time in which a request to StarRocks may make no progress. Then it is cut, and StarRocks is asked what became of the load.',
    ),
    preparedTimeoutMs: setting(
      wholeNumber(1000, 2_592_000_000, 'ms').default(86_400_000),
      "How long StarRocks keeps a prepared load: its FE's `prepared_transaction_default_timeout_second`. What a pipeline had prepared when it stopped longer ago than that can be gone.",
    ),
    format: setting(
      oneOf(['json', 'csv']).default('json'),
      'Format of the loads. With `csv`, values that are text are CSV already; of others the fields go in the order of the property `columns`. Properties `column_separator`, `row_delimiter` (also as `\\x01`), `enclose`, `escape` and `trim_space` say how it is written.',
      { connect: { key: 'sink.properties.format', scope: 'connector', reader: 'own' } },
    ),
    compression: setting(
      oneOf(['none', 'gzip', 'lz4_frame', 'zstd']).default('none'),
      'Compression of the loads. StarRocks takes it from 3.2.7 on; with an older one, or one that does not tell, the start is refused. `zstd` needs Node.js 22.15.',
      { connect: { key: 'sink.properties.compression', scope: 'connector', reader: 'own' } },
    ),
    properties: setting(
      loadProperties.prefault({}),
      'Further Stream Load headers, such as `columns`, `jsonpaths`, `partial_update`, `partial_update_mode`.',
      {
        connect: { key: 'sink.properties.*', scope: 'connector', reader: 'own' },
        defaultText: Object.entries(defaultLoadProperties)
          .map(([name, value]) => `\`${name}: ${value}\``)
          .join(', '),
      },
    ),
  }),
  'Where the rows go.',
);
