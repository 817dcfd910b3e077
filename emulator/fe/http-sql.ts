import { answerJson } from '../http/answers.ts';
import { readText } from '../http/read-body.ts';
import { type Cell, type ResultType, type RowsResult } from '../sql/result.ts';
import { SqlSession } from '../sql/session.ts';
import { splitStatements } from '../sql/split-statements.ts';
import { notEmulated, SqlError } from '../sql/sql-error.ts';
import { authenticate } from './access.ts';
import { type FeHandler, type FeRequest } from './handler.ts';

const LONGEST_BODY = 6_553_600;
const ALLOWED: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'SHOW', 'EXPLAIN', 'KILL']);

/** `POST /api/v1/catalogs/{catalog}/databases/{db}/sql`: reads over HTTP, answered line by line (§11.6). */
export const handleHttpSql: FeHandler = async ({ cluster }, request) => {
  const user = authenticate(cluster, request.request);
  if (request.expectsContinue) request.response.writeContinue();
  const [catalog = '', database] = request.parameters;
  const session = await SqlSession.open(cluster, user, 1);
  try {
    if (!cluster.version.atLeast(3, 2)) throw notEmulated('HTTP SQL before 3.2');
    if (catalog !== 'default_catalog') throw notEmulated(`catalog ${catalog}`);
    if (database !== undefined) await session.use(database);
    const result = await session.run(readQuery(await readText(request.request, LONGEST_BODY)));
    if (result.kind === 'ok') throw notEmulated('a statement without rows over HTTP');
    await answerRows(request, result);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    answerJson(request.response, { status: 'FAILED', msg: message }, { status: 500, close: true });
  } finally {
    session.close();
  }
};

function readQuery(body: string): ReturnType<typeof splitStatements>[number] {
  const parsed = JSON.parse(body) as { query?: unknown };
  if (typeof parsed.query !== 'string') throw new SqlError(1064, '42000', 'query can not be empty');
  const [statement, second] = splitStatements(parsed.query);
  const word = statement?.tokens[0]?.text.toUpperCase() ?? '';
  if (statement === undefined || second !== undefined || !ALLOWED.has(word)) {
    throw new SqlError(1064, '42000', 'http sql only support SELECT, SHOW, EXPLAIN, KILL statement');
  }
  return statement;
}

async function answerRows({ response }: FeRequest, { columns, batches }: RowsResult): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson; charset=utf-8' });
  const line = (value: object) => response.write(`${JSON.stringify(value)}\n`);
  line({ connectionId: 1 });
  line({ meta: columns.map(({ name, type }) => ({ name, type: type.toLowerCase() })) });
  let rows = 0;
  for await (const batch of batches) {
    for (const cells of batch) line({ data: cells.map((cell, index) => toJson(cell, columns[index]?.type)) });
    rows += batch.length;
  }
  line({ statistics: { scanRows: rows, scanBytes: 0, returnRows: rows } });
  response.end();
}

const NUMBERS: ReadonlySet<ResultType> = new Set(['TINY', 'SHORT', 'LONG', 'LONGLONG', 'FLOAT', 'DOUBLE']);

/** DECIMALs are strings. */
function toJson(cell: Cell, type: ResultType | undefined): string | number | null {
  if (cell === null) return null;
  const text = cell.toString();
  return type !== undefined && NUMBERS.has(type) ? Number(text) : text;
}
