import { describe, expect, it } from 'vitest';
import { ConfigError, UnavailableError } from '../../../src/core/errors.ts';
import { type LabelState } from '../../../src/core/load-decisions.ts';
import { type LoadDecision, writeDecision } from '../../../src/streams/decision-metadata.ts';
import { LoadResolver, type ResolveAnswers } from '../../../src/streams/load-resolver.ts';
import { type CommittedOffset } from '../../../src/streams/source.ts';
import { FakeGroupOffsets } from '../../support/fake-group-offsets.ts';

const DAY_MS = 86_400_000;
const TWO_DAYS_AGO = Date.now() - 2 * DAY_MS;

function decision(fields: Partial<LoadDecision> = {}): LoadDecision {
  return {
    state: 'decided',
    label: 'label-a',
    database: 'db',
    table: 'orders',
    nextOffset: 20,
    time: TWO_DAYS_AGO,
    ...fields,
  };
}

function committed(partition: number, metadata: string | LoadDecision): CommittedOffset {
  const text = typeof metadata === 'string' ? metadata : writeDecision(metadata);
  return { topic: 'orders', partition, offset: 10, metadata: text };
}

function createResolver(
  offsets: CommittedOffset[],
  labelState: (label: string, signal: AbortSignal) => Promise<LabelState> = () => Promise.resolve('UNKNOWN'),
): { resolver: LoadResolver; group: FakeGroupOffsets; asked: string[] } {
  const group = new FakeGroupOffsets(offsets);
  const asked: string[] = [];
  const resolver = new LoadResolver({
    groupId: 'connect-orders',
    offsets: group,
    labelState({ database, label }, signal) {
      asked.push(`${database}/${label}`);
      return labelState(label, signal);
    },
    askMs: 20,
    preparedTimeoutMs: DAY_MS,
  });
  return { resolver, group, asked };
}

function answers(fields: Partial<ResolveAnswers>): ResolveAnswers {
  return { loaded: [], notLoaded: [], force: false, ...fields };
}

async function problemsOf(task: Promise<unknown>): Promise<readonly string[]> {
  const error = await task.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).problems;
}

describe('the interrupted loads of a group', () => {
  it.each<[LoadDecision['state'], LabelState, string]>([
    ['open', 'UNKNOWN', 'repeat'],
    ['open', 'PREPARE', 'roll back'],
    ['open', 'PREPARED', 'roll back'],
    ['open', 'COMMITTED', 'unclear'],
    ['open', 'VISIBLE', 'unclear'],
    ['open', 'ABORTED', 'repeat'],
    ['decided', 'UNKNOWN', 'unclear'],
    ['decided', 'PREPARE', 'unclear'],
    ['decided', 'PREPARED', 'commit'],
    ['decided', 'COMMITTED', 'loaded'],
    ['decided', 'VISIBLE', 'loaded'],
    ['decided', 'ABORTED', 'repeat'],
  ])('%s two days ago and %s in StarRocks: %s', async (state, labelState, kind) => {
    const { resolver } = createResolver([committed(0, decision({ state }))], () => Promise.resolve(labelState));
    expect(await resolver.interrupted()).toMatchObject([{ transactions: [{ state: labelState }], prospect: { kind } }]);
  });

  it('of several tables tell the state of each, and what they say together', async () => {
    const load = decision({ time: Date.now(), others: [{ database: 'shop', table: 'returns' }] });
    const { resolver, asked } = createResolver([committed(0, load), committed(1, load)], (label) =>
      Promise.resolve(label === 'label-a' ? 'VISIBLE' : 'ABORTED'),
    );
    const [first] = await resolver.interrupted();
    expect(first?.transactions).toEqual([
      { label: 'label-a', database: 'db', table: 'orders', state: 'VISIBLE' },
      { label: 'label-a-1', database: 'shop', table: 'returns', state: 'ABORTED' },
    ]);
    expect(first?.prospect).toMatchObject({ kind: 'unclear' });
    expect(asked).toEqual(['db/label-a', 'shop/label-a-1']);
  });

  it('of several tables have no prospect while one state is not told', async () => {
    const load = decision({ others: [{ database: 'shop', table: 'returns' }] });
    const { resolver } = createResolver([committed(0, load)], (label) =>
      label === 'label-a' ? Promise.resolve('ABORTED') : Promise.reject(new UnavailableError('no FE answers')),
    );
    expect(await resolver.interrupted()).toMatchObject([
      { transactions: [{ state: 'ABORTED' }, { state: undefined }], prospect: undefined },
    ]);
  });

  it('decided and unknown is loaded while StarRocks would still have it prepared', async () => {
    const { resolver } = createResolver([committed(0, decision({ time: Date.now() }))]);
    expect(await resolver.interrupted()).toMatchObject([{ prospect: { kind: 'loaded' } }]);
  });

  it('are only those of partitions with a decision in their metadata, and change nothing', async () => {
    const offsets = [committed(0, ''), committed(1, 'somebody else'), committed(2, decision())];
    const { resolver, group } = createResolver(offsets);
    expect((await resolver.interrupted()).map((one) => one.committed.partition)).toEqual([2]);
    expect(group.offsets).toEqual(offsets);
  });

  it('are asked for once for each label, however many partitions a load has', async () => {
    const other = decision({ label: 'label-b' });
    const { resolver, asked } = createResolver([
      committed(0, decision()),
      committed(1, decision()),
      committed(2, other),
    ]);
    await resolver.interrupted();
    expect(asked).toEqual(['db/label-a', 'db/label-b']);
  });

  it('of another version of Tributary are unclear, and StarRocks is not asked', async () => {
    const { resolver, asked } = createResolver([committed(0, '{"tributary":99}')]);
    expect(await resolver.interrupted()).toMatchObject([
      {
        decision: undefined,
        prospect: {
          kind: 'unclear',
          reason: 'The committed offset has metadata of another version of Tributary: {"tributary":99}',
        },
      },
    ]);
    expect(asked).toEqual([]);
  });

  it.each<[string, (label: string, signal: AbortSignal) => Promise<LabelState>]>([
    ['does not answer', () => Promise.reject(new UnavailableError('No StarRocks FE answers'))],
    [
      'hangs',
      (_, signal) =>
        new Promise((__, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    ],
  ])('have no prospect while StarRocks %s', async (_, labelState) => {
    const { resolver } = createResolver([committed(0, decision())], labelState);
    expect(await resolver.interrupted()).toMatchObject([{ transactions: [{ state: undefined }], prospect: undefined }]);
  });
});

describe('an answer by hand', () => {
  const unclear = (): CommittedOffset[] => [committed(0, decision()), committed(1, decision({ nextOffset: 25 }))];

  it('"loaded" commits the end of the load without metadata', async () => {
    const { resolver, group } = createResolver(unclear());
    expect(await resolver.resolve(answers({ loaded: ['orders/1'] }))).toMatchObject([{ offset: 25 }]);
    expect(group.offsets).toEqual([unclear()[0], { topic: 'orders', partition: 1, offset: 25, metadata: '' }]);
  });

  it('"not loaded" commits its start without metadata', async () => {
    const { resolver, group } = createResolver(unclear());
    await resolver.resolve(answers({ notLoaded: ['orders/0'] }));
    expect(group.offsets[0]).toEqual({ topic: 'orders', partition: 0, offset: 10, metadata: '' });
    expect(group.offsets[1]).toEqual(unclear()[1]);
  });

  it('for all is for the unclear ones that are not named otherwise', async () => {
    const young = committed(2, decision({ time: Date.now() }));
    const { resolver, group } = createResolver([...unclear(), young]);
    await resolver.resolve(answers({ loaded: ['all'], notLoaded: ['orders/0'] }));
    expect(group.offsets.map(({ offset }) => offset)).toEqual([10, 25, 10]);
    expect(group.offsets.map(({ metadata }) => metadata !== '')).toEqual([false, false, true]);
  });

  it('for all changes nothing when nothing is unclear', async () => {
    const { resolver } = createResolver([committed(0, decision({ time: Date.now() }))]);
    expect(await resolver.resolve(answers({ loaded: ['all'] }))).toEqual([]);
  });

  it.each([
    [1, 'A process is'],
    [3, '3 processes are'],
  ])('is refused while %d members are in the group', async (members, subject) => {
    const { resolver, group } = createResolver(unclear());
    group.members = members;
    await expect(resolver.resolve(answers({ loaded: ['all'] }))).rejects.toThrow(
      new UnavailableError(
        `${subject} in group connect-orders. Stop every process of the pipeline first; one that was killed leaves the group when its session times out (kafka.sessionTimeoutMs).`,
      ),
    );
    expect(group.offsets).toEqual(unclear());
  });

  it('is refused with a sentence for each mistake, and then nothing is changed', async () => {
    const offsets = [
      ...unclear(),
      committed(2, decision({ label: 'young', time: Date.now() })),
      committed(3, decision({ label: 'silent' })),
      committed(4, '{"tributary":99}'),
    ];
    const { resolver, group } = createResolver(offsets, (label) =>
      label === 'silent' ? Promise.reject(new UnavailableError('No StarRocks FE answers')) : Promise.resolve('UNKNOWN'),
    );
    const mistakes = answers({
      loaded: ['orders/0', 'orders/1', 'orders/2', 'orders/4', 'orders/9'],
      notLoaded: ['orders/1', 'orders/3'],
    });
    expect(await problemsOf(resolver.resolve(mistakes))).toEqual([
      'orders/1 is said to be loaded and not to be loaded. Say one of them.',
      'orders/2 is not unclear: the next start ends its load by itself. To decide it all the same, add --force.',
      'Where the load of orders/4 ends is not known here. Ask the version of Tributary that wrote it.',
      'orders/9 has no interrupted load. Without --loaded and --not-loaded, resolve lists those that have.',
      'orders/3 may not be unclear: StarRocks did not tell the state of its load. Try again when it answers, or add --force.',
    ]);
    expect(group.offsets).toEqual(offsets);
  });

  it('goes for partitions that are not unclear when it is forced', async () => {
    const { resolver, group } = createResolver([committed(0, decision({ time: Date.now() }))]);
    await resolver.resolve(answers({ loaded: ['orders/0'], force: true }));
    expect(group.offsets).toEqual([{ topic: 'orders', partition: 0, offset: 20, metadata: '' }]);
  });

  it('"not loaded" goes for metadata of another version', async () => {
    const { resolver, group } = createResolver([committed(0, '{"tributary":99}')]);
    await resolver.resolve(answers({ notLoaded: ['all'] }));
    expect(group.offsets).toEqual([{ topic: 'orders', partition: 0, offset: 10, metadata: '' }]);
  });
});
