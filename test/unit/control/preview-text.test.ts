import { describe, expect, it } from 'vitest';
import { plain } from '../../../src/control/paint.ts';
import { previewJson } from '../../../src/control/preview-json.ts';
import { type PreviewTextOptions, previewText } from '../../../src/control/preview-text.ts';
import { previewVerdict } from '../../../src/control/preview-verdict.ts';
import { type Preview, type PreviewedRecord } from '../../../src/preview.ts';
import { recordOf, utf8 } from '../../support/records.ts';

const OPTIONS: PreviewTextOptions = {
  paint: plain,
  width: 80,
  tolerance: 'none',
  reset: 'earliest',
  delivery: 'exactly-once',
};
const TABLE = { name: 'orders', database: 'shop', table: 'orders' };

function recordWith(value: string | null, offset: number, way: Partial<PreviewedRecord> = {}): PreviewedRecord {
  const record = recordOf(value === null ? null : utf8(value), offset);
  return { record, table: TABLE, stages: [], failure: undefined, rows: [], ...way };
}

const GOOD = recordWith('{"id":1}', 5, {
  stages: [
    { stage: 'value.converter (json)', outputs: [{ value: '{"id":1}' }] },
    { stage: 'transform route', outputs: [{ value: '{"id":1}', key: '1', topic: 'sales' }] },
    { stage: 'transforms[0] (addTheTimeOfLoading)', outputs: [{ value: '{"id":1,"t":2}' }] },
  ],
  rows: [
    {
      bytes: utf8('{"id":1,"t":2}'),
      findings: [{ kind: 'ignored', message: 'the table has no column for the field "t", which is left out' }],
    },
  ],
});
const BAD = recordWith('no', 6, {
  failure: {
    stage: 'VALUE_CONVERTER',
    className: 'org.apache.kafka.connect.json.JsonConverter',
    reason: 'its value is not JSON',
  },
});
const DROPPED = recordWith(null, 7, { stages: [{ stage: 'transform drop', outputs: [] }] });

function previewOf(records: readonly PreviewedRecord[], more: Partial<Preview> = {}): Preview {
  return {
    pipeline: 'p',
    group: 'connect-p',
    request: { records: 20, from: 'committed', waitMs: 10_000 },
    starts: [{ topic: 'orders', partition: 0, offset: 5, end: 8, committed: 5 }],
    records,
    loads: [],
    errors: [],
    ...more,
  };
}

describe('the text of a preview', () => {
  it('says where it begins, each stage of each record, the load and the verdict', () => {
    const loads: Preview['loads'] = [
      {
        table: TABLE,
        request: { path: '/api/transaction/load', headers: { db: 'shop' } },
        rows: 1,
        body: utf8('[{"id":1,"t":2}]'),
        unchecked: undefined,
      },
    ];
    expect(previewText(previewOf([GOOD, BAD, DROPPED], { loads }), OPTIONS)).toBe(`p (group connect-p)
  orders/0 from offset 5, which the group has committed; it ends at 8
3 of 20 records came: there are no more just now.

── 1/3  orders/0 offset 5 → shop.orders ────────────────────────────────────────
record                  2023-11-14T22:13:20.000Z  no key
                        {"id":1}
value.converter (json)  as before
transform route         as before
transforms[0] (addTheTimeOfLoading)
                        {"id":1,"t":2}
sent                    {"id":1,"t":2}
  ! the table has no column for the field "t", which is left out

── 2/3  orders/0 offset 6 → shop.orders ────────────────────────────────────────
record                  2023-11-14T22:13:20.000Z  no key
                        no
  ✗ VALUE_CONVERTER org.apache.kafka.connect.json.JsonConverter: its value is
    not JSON

── 3/3  orders/0 offset 7 → shop.orders ────────────────────────────────────────
record                  2023-11-14T22:13:20.000Z  no key
                        null (a tombstone)
transform drop          left out here
sent                    nothing

── load into shop.orders: 1 row, 16 bytes ──────────────────────────────────────
in a transaction, between begin and prepare:
PUT /api/transaction/load
  db: shop
  [{"id":1,"t":2}]

✗ 3 records: 1 would be loaded as 1 row, 1 would be left out, 1 cannot be
loaded, 1 note (!).
A run would stop loading orders at orders/0 offset 6, as errors.tolerance is
none.
Nothing was loaded, and nothing was committed.
`);
  });

  it('shows the topic and the key where transforms change them', () => {
    const record = recordWith('1', 5, {
      stages: [
        { stage: 'transform a', outputs: [{ value: '1', key: 'null', topic: 'orders' }] },
        { stage: 'transform b', outputs: [{ value: '1', key: '2', topic: 'sales' }] },
      ],
    });
    expect(previewText(previewOf([record]), OPTIONS)).toContain('transform b             topic sales  key 2  1\n');
  });

  it.each<[string, Partial<Preview>, string]>([
    [
      'nothing is committed',
      { starts: [{ topic: 'orders', partition: 0, offset: 0, end: 8, committed: undefined }] },
      '  orders/0 from offset 0, as the group has committed nothing and\n  auto.offset.reset is earliest; it ends at 8\n',
    ],
    [
      'the committed offset is gone',
      { starts: [{ topic: 'orders', partition: 0, offset: 4, end: 8, committed: 2 }] },
      '  orders/0 from offset 4, as it does not hold the committed offset 2; it ends at\n  8\n',
    ],
    [
      'nothing came',
      { records: [], starts: [{ topic: 'orders', partition: 0, offset: 8, end: 8, committed: 8 }] },
      '0 of 20 records came within 10 s. `--from earliest` shows the oldest ones that\nare there, `--from latest` the newest.\n',
    ],
    ['there is no topic', { records: [], starts: [] }, '  no topic matches topics.regex yet\n'],
    [
      'a stream ends',
      { errors: [{ topic: 'orders', partition: 0, message: 'boom' }] },
      '  ✗ The stream of orders/0 ends here, as it would in a run: boom\n',
    ],
  ])('says so when %s', (_, more, text) => {
    expect(previewText(previewOf([GOOD], more), OPTIONS)).toContain(text);
  });

  it('fits into its width and one screen for each record, however long values are', () => {
    const long = `{"text":"${'東京 '.repeat(2_000)}"}`;
    const stages = Array.from({ length: 12 }, (_, index) => ({
      stage: `transform t${index}`,
      outputs: [{ value: `${index}${long}` }],
    }));
    const record = recordWith(long, 5, { stages, rows: [{ bytes: utf8(long), findings: [] }] });
    const lines = previewText(previewOf([record]), OPTIONS).split('\n');
    const cells = (line: string): number => line.length + (line.match(/[東京]/g)?.length ?? 0);
    expect(Math.max(...lines.map(cells))).toBeLessThanOrEqual(80);
    expect(lines.length).toBeLessThan(30);
  });
});

describe('the verdict of a preview', () => {
  it.each<[string, Preview, boolean]>([
    ['good records, and some that are left out', previewOf([GOOD, DROPPED]), true],
    ['a bad record', previewOf([GOOD, BAD]), false],
    [
      'a row that StarRocks refuses',
      previewOf([recordWith('{}', 5, { rows: [{ bytes: utf8('{}'), findings: [{ kind: 'refused', message: '' }] }] })]),
      false,
    ],
    ['a stream that ends', previewOf([GOOD], { errors: [{ topic: 'orders', partition: 0, message: 'boom' }] }), false],
    [
      'columns that nobody tells',
      previewOf([GOOD], {
        loads: [
          {
            table: TABLE,
            request: { path: '', headers: {} },
            rows: 1,
            body: utf8(''),
            unchecked: { reason: '', isFault: true },
          },
        ],
      }),
      false,
    ],
  ])('says whether everything would load: %s', (_, preview, everythingLoads) => {
    expect(previewVerdict(preview).everythingLoads).toBe(everythingLoads);
  });
});

describe('the JSON of a preview', () => {
  it('is one line with all of it', () => {
    const text = previewJson(previewOf([GOOD, BAD]));
    expect(text.split('\n')).toHaveLength(2);
    expect(JSON.parse(text)).toMatchObject({
      pipeline: 'p',
      everythingLoads: false,
      records: [
        {
          topic: 'orders',
          partition: 0,
          offset: 5,
          value: '{"id":1}',
          table: 'shop.orders',
          rows: [{ row: '{"id":1,"t":2}' }],
        },
        { offset: 6, failure: { stage: 'VALUE_CONVERTER' }, rows: [] },
      ],
    });
  });

  it('has bytes that are no text in base64', () => {
    const record = recordOf(Buffer.from([0xff, 0]), 1);
    const text = previewJson(previewOf([{ ...GOOD, record }]));
    expect(JSON.parse(text)).toMatchObject({ records: [{ value: { base64: '/wA=' } }] });
  });
});
