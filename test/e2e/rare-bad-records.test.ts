import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { readDeadLetters, sourceOf } from './support/dead-letters.ts';
import { createScene } from './support/scene.ts';
import { committedOffsets, withProducer } from './support/topic.ts';

const ROWS = Number(process.env.TRIBUTARY_RARE_BAD_ROWS ?? 50_000);
const PARTITIONS = 4;
const PER_REQUEST = 2_000;
const ONE_IN = 1_000;

const KINDS: Readonly<Record<string, (id: number) => string>> = {
  none: (id) => good(id),
  'not JSON': (id) => `{"id":${id},"city":"cut sh`,
  'refused by StarRocks': (id) => `{"id":${id},"city":"much too long"}`,
};

function good(id: number): string {
  return `{"id":${id},"city":"ok"}`;
}

/** Produces the rows over the partitions; returns where the bad ones are. */
async function produce(topic: string, bad: (id: number) => string): Promise<string[]> {
  const sources: string[] = [];
  const ends = Array<number>(PARTITIONS).fill(0);
  await withProducer(async (send) => {
    for (let from = 0; from < ROWS; from += PER_REQUEST) {
      const partition = (from / PER_REQUEST) % PARTITIONS;
      const values = Array.from({ length: Math.min(PER_REQUEST, ROWS - from) }, (_, index) => {
        const id = from + index;
        if (id % ONE_IN !== 0) return good(id);
        sources.push(`${partition}/${(ends[partition] ?? 0) + index}`);
        return bad(id);
      });
      await send(topic, values, partition);
      ends[partition] = (ends[partition] ?? 0) + values.length;
    }
  });
  return sources.sort();
}

/** Loads a topic of its own, in which one record in a thousand is of this kind; returns the rows per second. */
async function load(kind: string): Promise<number> {
  const scene = await createScene({ columns: 'id BIGINT NOT NULL, city VARCHAR(5)', partitions: PARTITIONS });
  const letters = `${scene.topic}_dead`;
  const sources = await produce(scene.topic, KINDS[kind] ?? good);
  const bad = kind === 'none' ? [] : sources;
  const files = await scene.connectFiles({
    connector: {
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': letters,
      'errors.deadletterqueue.topic.replication.factor': '1',
      'errors.deadletterqueue.context.headers.enable': 'true',
    },
  });
  const started = performance.now();
  const main = scene.run(files);
  await eventually(async () => expect((await scene.counts()).all).toBeGreaterThanOrEqual(ROWS - bad.length), 300_000);
  const seconds = (performance.now() - started) / 1000;
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
  expect(await scene.counts()).toEqual({ all: ROWS - bad.length, distinct: ROWS - bad.length });
  const [wrong] = await scene.starrocks.query(
    `SELECT count(*) AS n FROM example_db.${scene.table} WHERE city <> 'ok' OR id % ${ONE_IN} = 0`,
  );
  expect(Number(wrong?.n)).toBe(kind === 'none' ? ROWS / ONE_IN : 0);
  expect((await readDeadLetters(letters)).map(sourceOf).sort()).toEqual(bad);
  const committed = await committedOffsets(`connect-${scene.pipeline}`, scene.topic);
  expect(committed.reduce((sum, offset) => sum + offset, 0)).toBe(ROWS);
  return ROWS / seconds;
}

it(`1 bad record in ${ONE_IN} of ${ROWS}: the good rows are there once, the dead letters are exactly the bad ones`, {
  timeout: 900_000,
}, async () => {
  const usual = await load('none');
  const costs: string[] = [];
  for (const kind of ['not JSON', 'refused by StarRocks']) {
    costs.push(`${kind} ${((await load(kind)) / usual).toFixed(2)} x`);
  }
  process.stdout.write(
    `rows/s with 1 bad record in ${ONE_IN} of ${ROWS}, start included: ${costs.join(', ')} that without\n`,
  );
});
