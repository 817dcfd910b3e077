/** A row of every plain type; the same for the same id, so that a test knows what it produced. */
export interface TestRow {
  readonly id: number;
  readonly city: string;
  readonly big: string;
  readonly amount: string;
  readonly created: string;
  readonly ok: boolean;
  readonly note: string | null;
}

export const TEST_TABLE_COLUMNS =
  'id BIGINT, city VARCHAR(100), big LARGEINT, amount DECIMAL(27,9), created DATETIME, ok BOOLEAN, note STRING';

const CITIES = ['New York', 'Los Angeles', 'Chicago', '東京', 'São Paulo', 'a "quoted", place\\', ''];

export function testRow(id: number): TestRow {
  return {
    id,
    city: CITIES[id % CITIES.length] as string,
    // Beyond what a JavaScript number holds: it arrives only if nobody parsed it on the way.
    big: `1844674407370955${String(id % 10_000).padStart(4, '0')}`,
    amount: `${id % 2 === 1 ? '-' : ''}${id}.${String((id * 7) % 1_000_000_000).padStart(9, '0')}`,
    created: new Date(Date.UTC(2026, 0, 1) + id * 1000).toISOString().slice(0, 19).replace('T', ' '),
    ok: id % 3 === 0,
    note: id % 5 === 0 ? null : `note ${id}`,
  };
}

/** The row as it stands in Kafka: numbers as digits, however long. */
export function rowJson({ id, city, big, amount, created, ok, note }: TestRow): string {
  return `{"id":${id},"city":${JSON.stringify(city)},"big":${big},"amount":${amount},"created":"${created}","ok":${ok},"note":${JSON.stringify(note)}}`;
}
