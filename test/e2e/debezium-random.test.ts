import { type Client } from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type DebeziumService, type PostgresService, startDebezium, startPostgres } from '../../services/index.ts';
import { eventually } from '../support/eventually.ts';
import { Random } from '../support/random.ts';
import { captureChanges, untilSame } from './support/change-capture.ts';

/** `npm run test:long` makes 10,000. */
const CHANGES = Number(process.env['TRIBUTARY_CDC_CHANGES'] ?? 1_500);
const SEED = Number(process.env['TRIBUTARY_CDC_SEED'] ?? 20_261_121);
/** With their topics' partitions. */
const TABLES = { customers: 1, orders: 3, items: 2 };
const NAMES = Object.keys(TABLES);
const CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const CONVERTERS = {
  'key.converter': CONVERTER,
  'value.converter': CONVERTER,
  'key.converter.schemas.enable': 'true',
  'value.converter.schemas.enable': 'true',
};
const COLUMNS = 'id, note, amount, at';

let postgres: PostgresService;
let debezium: DebeziumService;

beforeAll(async () => {
  postgres = await startPostgres();
  debezium = await startDebezium({ bootstrapServers: inject('kafka').bootstrapServers, properties: CONVERTERS });
}, 600_000);

afterAll(async () => {
  await debezium.stop();
  await postgres.stop();
});

/** Inserts, updates, deletes and changes of keys, of few keys so that they meet; several in a transaction. */
class Changes {
  readonly #client: Client;
  readonly #random: Random;
  /** The keys that are there, by table. */
  readonly #keys = new Map<string, Set<number>>(NAMES.map((name) => [name, new Set()]));
  readonly counts = { insert: 0, update: 0, delete: 0, key: 0 };

  constructor(client: Client, seed: number) {
    this.#client = client;
    this.#random = new Random(seed);
  }

  async make(count: number): Promise<void> {
    for (let made = 0; made < count; ) {
      const together = Math.min(this.#random.between(1, 20), count - made);
      const statements = Array.from({ length: together }, () => this.#statement());
      await this.#client.query(`BEGIN; ${statements.join('; ')}; COMMIT`);
      made += together;
    }
  }

  #statement(): string {
    const random = this.#random;
    const table = random.pick(NAMES);
    const keys = this.#keys.get(table) ?? new Set();
    const free = random.between(1, 400);
    if (!keys.has(free) && (keys.size < 20 || random.chance(0.35))) {
      keys.add(free);
      this.counts.insert++;
      return `INSERT INTO ${table} (${COLUMNS}) VALUES (${free}, ${this.#values()})`;
    }
    const key = random.pick([...keys]);
    if (!keys.has(free) && random.chance(0.2)) {
      keys.delete(key);
      keys.add(free);
      this.counts.key++;
      return `UPDATE ${table} SET id = ${free} WHERE id = ${key}`;
    }
    if (random.chance(0.35)) {
      keys.delete(key);
      this.counts.delete++;
      return `DELETE FROM ${table} WHERE id = ${key}`;
    }
    this.counts.update++;
    return `UPDATE ${table} SET (note, amount, at) = ROW(${this.#values()}) WHERE id = ${key}`;
  }

  #values(): string {
    const random = this.#random;
    const note = random.chance(0.2)
      ? 'NULL'
      : `'note ${random.between(1, 1e6)} ${random.pick(['ü', '表', '"', '\\'])}'`;
    const amount = random.chance(0.2) ? 'NULL' : `${random.between(-1e6, 1e6)}.${random.between(10, 99)}`;
    return `${note}, ${amount}, TIMESTAMP '2000-01-01' + INTERVAL '${random.between(-1e9, 1e9)} seconds'`;
  }
}

it(`${CHANGES} random changes of three tables: StarRocks has PostgreSQL's rows, also when the process is killed`, {
  timeout: 900_000,
}, async () => {
  const capture = await captureChanges({ postgres, debezium, tables: TABLES });
  const { postgres: source, starrocks, prefix } = capture;
  for (const table of NAMES) {
    await source.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, note TEXT, amount NUMERIC(12, 2), at TIMESTAMP)`);
    await starrocks.query(
      `CREATE TABLE test.${table} (id INT NOT NULL, note VARCHAR(100), amount DECIMAL(12, 2), at DATETIME) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)`,
    );
  }
  const changes = new Changes(source, SEED);
  // Some are there before Debezium looks: its snapshot.
  await changes.make(CHANGES / 10);
  await capture.connect();
  const run = () =>
    capture.run(CONVERTERS, {
      'topics.regex': `${prefix}\\.public\\..*`,
      transforms: 'addfield,unwrap,route',
      'transforms.addfield.type': 'com.starrocks.connector.kafka.transforms.AddOpFieldForDebeziumRecord',
      'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
      'transforms.unwrap.delete.tombstone.handling.mode': 'rewrite',
      'transforms.route.type': 'RegexRouter',
      'transforms.route.regex': '.*\\.(.*)',
      'transforms.route.replacement': '$1',
    });
  const first = await run();
  // It is killed while it loads what comes in meanwhile.
  await changes.make(CHANGES * 0.2);
  await eventually(
    async () => expect(await starrocks.query('SELECT id FROM test.orders LIMIT 1')).toHaveLength(1),
    60_000,
  );
  await changes.make(CHANGES * 0.2);
  first.signal('SIGKILL');
  await first.exited;
  const second = await run();
  await changes.make(CHANGES * 0.5);
  for (const table of NAMES) {
    const columns = (text: string): string =>
      `SELECT id, note, CAST(amount AS ${text}) AS amount, CAST(at AS ${text}) AS at`;
    const rows = await untilSame(capture, {
      ours: `${columns('VARCHAR')} FROM test.${table} ORDER BY id`,
      theirs: `${columns('TEXT')} FROM ${table} ORDER BY id`,
      limitMs: 120_000,
    });
    expect(rows.length, `seed ${SEED}: ${JSON.stringify(changes.counts)}`).toBeGreaterThan(20);
  }
  expect(Math.min(...Object.values(changes.counts))).toBeGreaterThan(CHANGES / 20);
  second.signal('SIGTERM');
  expect(await second.exited).toEqual({ code: 0, signal: null });
});
