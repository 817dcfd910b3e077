/**
 * StarRocks functions that DuckDB lacks, or has with another meaning, as macros of DuckDB's `main` schema. Everything else
 * goes to DuckDB by its own name, and what DuckDB does not know is refused by that name.
 */
const MACROS: Readonly<Record<string, string>> = {
  'array_length(a)': 'len(a)',
  'cardinality(a)': 'len(a)',
  'char_length(t)': 'len(CAST(t AS VARCHAR))',
  'datediff(a, b)': "date_diff('day', CAST(b AS DATE), CAST(a AS DATE))",
  'dayofweek(d)': "extract('dow' FROM CAST(d AS DATE)) + 1",
  'days_add(t, n)': 'CAST(t AS TIMESTAMP) + to_days(CAST(n AS INTEGER))',
  'days_sub(t, n)': 'CAST(t AS TIMESTAMP) - to_days(CAST(n AS INTEGER))',
  'from_binary(b, f)': "CASE f WHEN 'hex' THEN hex(b) WHEN 'encode64' THEN base64(b) ELSE decode(b) END",
  'from_unixtime(s)': "strftime(make_timestamp(CAST(s AS BIGINT) * 1000000), '%Y-%m-%d %H:%M:%S')",
  'get_json_double(j, p)': 'TRY_CAST(json_extract_string(j, p) AS DOUBLE)',
  'get_json_int(j, p)': 'TRY_CAST(json_extract_string(j, p) AS BIGINT)',
  'get_json_string(j, p)': 'json_extract_string(j, p)',
  'json_query(j, p)': 'json_extract(j, p)',
  'length(t)': 'strlen(t)',
  'locate(a, t)': 'instr(t, a)',
  'nvl(a, b)': 'coalesce(a, b)',
  'parse_json(t)': 'TRY_CAST(t AS JSON)',
  'strleft(t, n)': '"left"(t, n)',
  'strright(t, n)': '"right"(t, n)',
  'to_binary(t, f)': "CASE f WHEN 'hex' THEN unhex(t) WHEN 'encode64' THEN from_base64(t) ELSE encode(t) END",
  'to_date(t)': 'CAST(t AS DATE)',
  'unix_timestamp(t)': 'CAST(epoch(CAST(t AS TIMESTAMP)) AS BIGINT)',
};

/** Functions of any number of arguments, which are NULL when one of them is: DuckDB's own pass over NULL. */
const VARIADIC: Readonly<Record<string, (names: readonly string[]) => string>> = {
  concat: (names) => names.map((name) => `CAST(${name} AS VARCHAR)`).join(' || '),
  greatest: (names) => `CASE WHEN ${anyNull(names)} THEN NULL ELSE list_max([${names.join(', ')}]) END`,
  least: (names) => `CASE WHEN ${anyNull(names)} THEN NULL ELSE list_min([${names.join(', ')}]) END`,
};

const MOST_ARGUMENTS = 16;

const NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(VARIADIC),
  ...Object.keys(MACROS).map((head) => head.replace(/\(.*/, '')),
]);

export function functionDefinitions(): string {
  const macros = Object.entries(MACROS).map(([head, body]) => `CREATE MACRO ${head} AS ${body};`);
  const variadic = Object.entries(VARIADIC).map(([name, body]) => `CREATE MACRO ${name}${overloads(body)};`);
  return [...macros, ...variadic].join('\n');
}

function overloads(body: (names: readonly string[]) => string): string {
  const all = Array.from({ length: MOST_ARGUMENTS }, (_, last) => {
    const names = Array.from({ length: last + 1 }, (_name, index) => `a${index}`);
    return `(${names.join(', ')}) AS ${body(names)}`;
  });
  return all.join(', ');
}

function anyNull(names: readonly string[]): string {
  return names.map((name) => `${name} IS NULL`).join(' OR ');
}

/** The name under which DuckDB finds the function, when it is one of ours. */
export function macroName(name: string): string | undefined {
  return NAMES.has(name.toLowerCase()) ? `main.${name.toLowerCase()}` : undefined;
}
