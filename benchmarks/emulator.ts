// npm run bench:emulator: how fast the emulator takes JSON rows, counted and stored, so that it is not what a benchmark measures.
import { request } from 'node:http';
import { startEmulator } from '../emulator/index.ts';

const ROWS = 200_000;
const LOADS = 5;

/** The same shape as the other benchmarks' rows, 208 bytes. */
function bodyOf(rows: number): Buffer {
  const text = Array.from({ length: rows }, (_, id) =>
    JSON.stringify({ id, name: `user ${id}`, city: 'New York' }).slice(0, -1),
  );
  return Buffer.from(`[${text.map((row) => `${row},"note":"${'x'.repeat(196 - row.length)}"}`).join(',')}]`);
}

function put(url: string, body: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      Authorization: `Basic ${Buffer.from('root:').toString('base64')}`,
      Expect: '100-continue',
      'Content-Length': String(body.length),
      format: 'json',
      strip_outer_array: 'true',
      ignore_json_size: 'true',
    };
    const outgoing = request(url, { method: 'PUT', headers });
    outgoing.on('continue', () => outgoing.end(body));
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const { location } = response.headers;
      if (response.statusCode === 307 && location !== undefined) {
        outgoing.destroy();
        resolve(put(location, body));
        return;
      }
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
    });
    outgoing.flushHeaders();
  });
}

async function measure(nullMode: boolean): Promise<number> {
  const emulator = await startEmulator({ nullMode });
  try {
    await emulator.query('CREATE DATABASE d');
    await emulator.query(
      'CREATE TABLE d.t (id BIGINT, name STRING, city STRING, note STRING) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)',
    );
    const body = bodyOf(ROWS);
    const rates: number[] = [];
    for (let load = 0; load < LOADS; load++) {
      const started = performance.now();
      const answer = JSON.parse(await put(`${emulator.feUrl}/api/d/t/_stream_load`, body)) as Record<string, unknown>;
      if (answer['Status'] !== 'Success' || answer['NumberLoadedRows'] !== ROWS)
        throw new Error(JSON.stringify(answer));
      rates.push((ROWS / (performance.now() - started)) * 1000);
    }
    return rates.sort((a, b) => a - b)[LOADS >> 1] ?? 0;
  } finally {
    await emulator.close();
  }
}

for (const [mode, nullMode, target] of [
  ['counted (--null)', true, 300_000],
  ['stored in DuckDB', false, 50_000],
] as const) {
  const rate = Math.round(await measure(nullMode));
  process.stdout.write(
    `${mode}: ${rate.toLocaleString('en-US')} rows/s, median of ${LOADS} loads of ${ROWS.toLocaleString('en-US')} rows; wanted ${target.toLocaleString('en-US')}: ${rate >= target ? 'yes' : 'no'}\n`,
  );
}
