import { map, type OperatorFunction, throwError } from 'rxjs';
import { type KafkaRecord, type OperatorContext, type Row, UnavailableError } from 'tributary';
import { describe, expect, it } from 'vitest';
import deduplicate, * as deduplicateModule from '../../../examples/own-operators/deduplicate.ts';
import { enrichBy, options as enrichOptions } from '../../../examples/own-operators/enrich.ts';
import explode from '../../../examples/own-operators/explode.ts';
import mask from '../../../examples/own-operators/mask.ts';
import route from '../../../examples/own-operators/route.ts';
import { marbles } from '../../support/marbles.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { recordOf } from '../../support/records.ts';

type RecordOperator = OperatorFunction<KafkaRecord<Row>, KafkaRecord<Row>>;

const context: OperatorContext = {
  pipeline: 'orders',
  topic: 'orders',
  partition: 0,
  logger: new RecordingLogger(),
  signal: new AbortController().signal,
};

/** What the operator makes of records with these values, at the times of the marbles. */
function expectRows(
  operator: RecordOperator,
  [given, rows]: readonly [string, Readonly<Record<string, Row>>],
  [awaited, made]: readonly [string, Readonly<Record<string, Row>>],
  error?: unknown,
): () => void {
  const records = (values: Readonly<Record<string, Row>>): Record<string, KafkaRecord<Row>> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, recordOf(value)]));
  return marbles(({ cold, expectObservable }) => {
    expectObservable(cold(given, records(rows)).pipe(operator)).toBe(awaited, records(made), error);
  });
}

describe('route', () => {
  it('gives the rows with a value that has a table this table, and leaves all others', () => {
    const operator = route({ column: 'kind', tables: { return: 'shop.returns' } }, context);
    const rows = ['return', 'order', undefined].map((kind) => recordOf<Row>({ kind }));
    const [x, y, z] = rows;
    marbles(({ cold, expectObservable }) => {
      const routed = cold('xyz|', { x, y, z }).pipe(
        map((record) => record as KafkaRecord<Row>),
        operator,
      );
      expectObservable(routed).toBe('xyz|', { x: { ...x, table: 'shop.returns' }, y, z });
    })();
  });
});

describe('mask', () => {
  const operator = mask({ columns: ['email', 'phone'], secret: 'at least sixteen characters' }, context);

  it('puts the same hash in the place of equal values, and leaves nulls and other columns', () => {
    const seen: Row[] = [];
    const email = 'ann@example.org';
    marbles(({ cold, expectObservable }) => {
      const rows = { x: recordOf<Row>({ id: 1, email }), y: recordOf<Row>({ id: 2, email, phone: null }) };
      const masked = cold('xy|', rows).pipe(
        operator,
        map(({ value }) => {
          seen.push(value);
          return value['id'];
        }),
      );
      expectObservable(masked).toBe('xy|', { x: 1, y: 2 });
    })();
    const hash = seen[0]?.['email'];
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(seen).toEqual([
      { id: 1, email: hash },
      { id: 2, email: hash, phone: null },
    ]);
  });
});

describe('explode', () => {
  const operator = explode({ column: 'lines' }, context);

  it(
    'makes a row of each element, with the other columns, and none of an empty array',
    expectRows(
      operator,
      [
        'x-e-n-y|',
        {
          x: { id: 1, lines: [{ sku: 'a' }, { sku: 'b' }] },
          e: { id: 2, lines: [] },
          n: { id: 3 },
          y: { id: 4, lines: [7] },
        },
      ],
      ['(ab)--c|', { a: { id: 1, sku: 'a' }, b: { id: 1, sku: 'b' }, c: { id: 4, lines: 7 } }],
    ),
  );

  it(
    'fails for what is no array',
    expectRows(
      operator,
      ['-x|', { x: { lines: 'a' } }],
      ['-#', {}],
      new TypeError('its field "lines" is not an array'),
    ),
  );
});

describe('deduplicate', () => {
  const make = (remember: number): RecordOperator => deduplicate({ columns: ['id'], remember }, context);
  const [a, b, c] = [{ id: 1 }, { id: 2 }, { id: '1' }];

  it(
    'leaves out what was there before, and takes a text for another thing than a number',
    expectRows(make(10), ['a-a-b-c-a|', { a, b, c }], ['a---b-c--|', { a, b, c }]),
  );

  it('forgets what was not there for long', expectRows(make(1), ['aaba|', { a, b }], ['a-ba|', { a, b }]));

  it(
    'remembers from one envelope to the next',
    marbles(({ cold, expectObservable }) => {
      const operator = make(10);
      const records = { a: recordOf(a), b: recordOf(b) };
      expectObservable(cold('a|', records).pipe(operator)).toBe('a|', records);
      expectObservable(cold('-ab|', records).pipe(operator)).toBe('--b|', records);
    }),
  );

  it('remembers 100,000 when nothing is said', () => {
    expect(deduplicateModule.options.parse({ columns: ['id'] }).remember).toBe(100_000);
  });
});

describe('enrich', () => {
  const given = enrichOptions.parse({
    url: 'http://k:1/{}',
    column: 'id',
    concurrency: 2,
    cache: 2,
    retries: 1,
    timeoutMs: 50,
  });
  const [a, b, c] = [{ id: 1 }, { id: 2 }, { id: 3 }];

  it(
    'asks for two at once, and keeps the order of the rows',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const known: Readonly<Record<string, ReturnType<typeof cold<Row>>>> = {
        1: cold('-----(n|)', { n: { name: 'one' } }),
        2: cold('--(n|)', { n: { name: 'two' } }),
        3: cold('-(n|)', { n: { name: 'three' } }),
      };
      const operator = enrichBy((id) => known[id] ?? throwError(() => new Error(id)), given);
      const rows = { a: recordOf(a), b: recordOf(b), c: recordOf(c) };
      expectObservable(cold('(abc|)', rows).pipe(operator)).toBe('-----(abc|)', {
        a: recordOf({ id: 1, name: 'one' }),
        b: recordOf({ id: 2, name: 'two' }),
        c: recordOf({ id: 3, name: 'three' }),
      });
      expectSubscriptions(known[1]?.subscriptions ?? []).toBe('^----!');
      expectSubscriptions(known[2]?.subscriptions ?? []).toBe('^-!');
      expectSubscriptions(known[3]?.subscriptions ?? []).toBe('--^!');
    }),
  );

  it(
    'asks once for what it knows, and again for what it had to forget',
    marbles(({ cold, expectObservable, flush }) => {
      const asked: string[] = [];
      const operator = enrichBy((id) => {
        asked.push(id);
        return cold('(n|)', { n: {} });
      }, given);
      const rows = { a: recordOf(a), b: recordOf(b), c: recordOf(c) };
      expectObservable(cold('abacab|', rows).pipe(operator)).toBe('abacab|', rows);
      flush();
      expect(asked).toEqual(['1', '2', '3', '2']);
    }),
  );

  it(
    'asks again after a pause when nobody answers, or not in time',
    marbles(({ cold, expectObservable }) => {
      let attempts = 0;
      const answers = [cold<Row>('-'), cold<Row>('-(n|)', { n: { name: 'one' } })];
      const operator = enrichBy(() => answers[attempts++] ?? cold<Row>('#'), given);
      // 50 ms without an answer, a pause of 200 ms, and the answer.
      expectObservable(cold('(a|)', { a: recordOf(a) }).pipe(operator)).toBe('251ms (a|)', {
        a: recordOf({ id: 1, name: 'one' }),
      });
    }),
  );

  it(
    'gives up with an error that blames no record',
    marbles(({ cold, expectObservable }) => {
      const gone = new UnavailableError('gone');
      const operator = enrichBy(() => throwError(() => gone), given);
      expectObservable(cold('(a|)', { a: recordOf(a) }).pipe(operator)).toBe('200ms #', {}, gone);
    }),
  );

  it(
    'does not ask again what the service refuses',
    marbles(({ cold, expectObservable }) => {
      const refused = new Error('status 400');
      const operator = enrichBy(() => throwError(() => refused), given);
      expectObservable(cold('(a|)', { a: recordOf(a) }).pipe(operator)).toBe('#', {}, refused);
    }),
  );
});
