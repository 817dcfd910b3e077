import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../src/core/errors.ts';
import { createTransformChain, TransformError } from '../../../../src/operators/transform/transform-chain.ts';
import { connectRecord } from '../../../support/connect-records.ts';

const APACHE = 'org.apache.kafka.connect.transforms.';
const UNWRAP = 'io.debezium.transforms.ExtractNewRecordState';
const ADD_OP = 'com.starrocks.connector.kafka.transforms.AddOpFieldForDebeziumRecord';

function problems(entries: Record<string, string>): readonly string[] {
  try {
    createTransformChain(entries);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('createTransformChain', () => {
  it('makes no transforms where none are listed', () => {
    const chain = createTransformChain({ name: 'x' });
    const record = connectRecord({ a: 1 });
    expect(chain.length).toBe(0);
    expect(chain.apply(record)).toBe(record);
  });

  it('applies transforms in the order of their list, and stops at the one that filters', () => {
    const chain = createTransformChain({
      transforms: 'hoist, extract ,drop,fail',
      'transforms.hoist.type': `${APACHE}HoistField$Value`,
      'transforms.hoist.field': 'w',
      'transforms.extract.type': `${APACHE}ExtractField$Value`,
      'transforms.extract.field': 'w',
      'transforms.drop.type': 'Filter',
      'transforms.drop.predicate': 'isTombstone',
      'transforms.drop.negate': 'TRUE',
      'transforms.fail.type': 'ValueToKey',
      'transforms.fail.fields': 'a',
      predicates: 'isTombstone',
      'predicates.isTombstone.type': 'RecordIsTombstone',
    });
    expect(chain.apply(connectRecord(5))).toBeNull();
    expect(() => chain.apply(connectRecord(null))).toThrow(
      'Only Map objects supported in absence of schema for [copying fields from value to key], found: null',
    );
  });

  it('says which transform failed', () => {
    const chain = createTransformChain({
      transforms: 'c',
      'transforms.c.type': `${APACHE}Cast$Value`,
      'transforms.c.spec': 'int8',
    });
    try {
      chain.apply(connectRecord('x'));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TransformError);
      expect(error).toMatchObject({
        alias: 'c',
        className: `${APACHE}Cast$Value`,
        message: 'Value (x) was out of range for requested data type',
      });
    }
  });

  it('collects the problems of all transforms and predicates', () => {
    expect(
      problems({
        transforms: 'a,b,c,a',
        'transforms.a.type': 'ValueToKey',
        'transforms.b.spec': 'int8',
        'transforms.c.type': 'Filter',
        'transforms.c.predicate': 'q',
        predicates: 'p',
        'predicates.p.type': 'TopicNameMatches',
      }),
    ).toEqual([
      'Missing required configuration "predicates.p.pattern" which has no default value.',
      'Invalid value [a, b, c, a] for configuration transforms: Duplicate alias provided. Name each once.',
      'Missing required configuration "transforms.a.fields" which has no default value.',
      'Missing required configuration "transforms.b.type" which has no default value.',
      'Invalid value q for configuration transforms.c.predicate: Predicate q is not defined. Add it to `predicates`, with `predicates.q.type`.',
    ]);
  });

  it('refuses to negate no predicate', () => {
    expect(problems({ transforms: 'f', 'transforms.f.type': 'Filter', 'transforms.f.negate': 'true' })).toEqual([
      "Config 'transforms.f.negate' was provided but there is no config 'transforms.f.predicate' defining a predicate to be negated.",
    ]);
  });

  it('warns of settings of transforms that are not listed', () => {
    const chain = createTransformChain({
      transforms: 'f',
      'transforms.f.type': 'Filter',
      'transforms.g.type': 'Filter',
      'predicates.p.type': 'RecordIsTombstone',
    });
    expect(chain.warnings).toEqual([
      '`predicates.p.type` has no effect: `predicates` does not name what it belongs to.',
      '`transforms.g.type` has no effect: `transforms` does not name what it belongs to.',
    ]);
  });

  describe('with AddOpFieldForDebeziumRecord and ExtractNewRecordState', () => {
    const both = { 'transforms.addfield.type': ADD_OP, 'transforms.unwrap.type': UNWRAP };

    it("takes the product doc's settings, of Debezium 2, and says how Debezium 3 has them", () => {
      const chain = createTransformChain({
        transforms: 'addfield,unwrap',
        ...both,
        'transforms.unwrap.drop.tombstones': 'true',
        'transforms.unwrap.delete.handling.mode': 'rewrite',
      });
      expect(chain.warnings).toEqual([
        "`transforms.unwrap.delete.handling.mode` and `transforms.unwrap.drop.tombstones` is Debezium 2's, and Debezium 3 ignores it: write `transforms.unwrap.delete.tombstone.handling.mode=rewrite`.",
      ]);
    });

    it('refuses the wrong order, which would lose deletes', () => {
      expect(
        problems({ transforms: 'unwrap,addfield', ...both, 'transforms.unwrap.delete.handling.mode': 'rewrite' }),
      ).toEqual([
        '`transforms` has `unwrap` before `addfield`, which finds no change events behind it and so adds no `__op`: deletes would be lost. Write `transforms=…addfield,unwrap…`.',
      ]);
    });

    it('refuses to make tombstones of deletes where those do nothing', () => {
      const alone = { transforms: 'unwrap', 'transforms.unwrap.type': UNWRAP };
      expect(problems(alone)).toEqual([
        '`unwrap` makes records without a value of deletes, and those do nothing: set `delete.tombstones=true` (in a pipeline file `deletes.tombstones`), so that StarRocks deletes what their keys name, or `transforms.unwrap.delete.tombstone.handling.mode=drop` to leave deletes out.',
      ]);
      expect(createTransformChain(alone, { tombstonesDelete: true }).warnings).toEqual([]);
      expect(createTransformChain(alone, { compatibility: 'java' }).warnings).toEqual([]);
    });

    it('warns of deletes that are only marked for Debezium', () => {
      const chain = createTransformChain({
        transforms: 'unwrap',
        'transforms.unwrap.type': UNWRAP,
        'transforms.unwrap.delete.tombstone.handling.mode': 'rewrite',
      });
      expect(chain.warnings).toEqual([
        `\`unwrap\` marks deletes with \`__deleted\` alone, which deletes nothing in StarRocks: put ${ADD_OP} before it, unless \`__deleted\` is a column of yours.`,
      ]);
      expect(chain.marksDeletes).toBe(false);
    });

    it('refuses to lose deletes unless told to', () => {
      const sentence =
        '`addfield` marks deletes with `__op`, and `unwrap` takes their rows away: set `transforms.unwrap.delete.tombstone.handling.mode=rewrite`, so that StarRocks deletes them, or `drop` to leave deletes out.';
      expect(problems({ transforms: 'addfield,unwrap', ...both })).toEqual([sentence]);
      const dropsTombstones = { 'transforms.unwrap.drop.tombstones': 'true' };
      expect(problems({ transforms: 'addfield,unwrap', ...both, ...dropsTombstones })).toEqual([sentence]);
      const told = { 'transforms.unwrap.delete.tombstone.handling.mode': 'drop' };
      expect(problems({ transforms: 'addfield,unwrap', ...both, ...told })).toEqual([]);
    });
  });
});

describe('routesByRecord', () => {
  const route = {
    transforms: 'route',
    'transforms.route.type': 'TimestampRouter',
    'transforms.route.topic.format': 'orders_${timestamp}',
  };
  const unwrap = {
    transforms: 'route',
    'transforms.route.type': 'io.debezium.transforms.ExtractNewRecordState',
    'transforms.route.delete.tombstone.handling.mode': 'drop',
  };
  const someOnly = {
    'transforms.route.predicate': 'some',
    predicates: 'some',
    'predicates.some.type': 'RecordIsTombstone',
  };

  it.each<[boolean, string, Readonly<Record<string, string>>]>([
    [true, 'a time in the name', route],
    [true, 'a field of the row', { ...unwrap, 'transforms.route.route.by.field': 'kind' }],
    [false, 'no field', unwrap],
    [false, 'some records only', { ...route, ...someOnly }],
    [
      false,
      'the name alone',
      {
        transforms: 'r',
        'transforms.r.type': 'RegexRouter',
        'transforms.r.regex': 'a',
        'transforms.r.replacement': 'b',
      },
    ],
  ])('is %s for %s', (expected, _, entries) => {
    expect(createTransformChain(entries).routesByRecord).toBe(expected);
  });
});

describe('topicOf', () => {
  const route = (alias: string, regex: string, replacement: string): Record<string, string> => ({
    [`transforms.${alias}.type`]: 'RegexRouter',
    [`transforms.${alias}.regex`]: regex,
    [`transforms.${alias}.replacement`]: replacement,
  });

  it('is where routers send a topic by its name, one after the other', () => {
    const chain = createTransformChain({
      transforms: 'cut,merge,name',
      ...route('cut', 'server\\.public\\.(.*)', '$1'),
      'transforms.merge.type': 'io.debezium.transforms.ByLogicalTableRouter',
      'transforms.merge.topic.regex': '(.*)_shard\\d',
      'transforms.merge.topic.replacement': '$1',
      ...route('name', 'orders', 'all_orders'),
      'transforms.name.predicate': 'isOrders',
      predicates: 'isOrders',
      'predicates.isOrders.type': 'TopicNameMatches',
      'predicates.isOrders.pattern': 'orders',
    });
    expect(chain.topicOf('server.public.orders_shard1')).toBe('all_orders');
    expect(chain.topicOf('other')).toBe('other');
    expect(chain.readsKeys).toBe(true);
  });

  it('does not guess what depends on the record', () => {
    const chain = createTransformChain({
      transforms: 'when,some,notOrders',
      'transforms.when.type': 'TimestampRouter',
      ...route('some', '.*', 'x'),
      'transforms.some.predicate': 'isTombstone',
      ...route('notOrders', '.*', 'y'),
      'transforms.notOrders.predicate': 'isOrders',
      'transforms.notOrders.negate': 'true',
      predicates: 'isTombstone,isOrders',
      'predicates.isTombstone.type': 'RecordIsTombstone',
      'predicates.isOrders.type': 'TopicNameMatches',
      'predicates.isOrders.pattern': 'orders',
    });
    expect(chain.topicOf('orders')).toBe('orders');
    expect(chain.topicOf('others')).toBe('y');
    expect(chain.readsKeys).toBe(false);
  });
});
