import { afterAll, beforeAll, describe, it } from 'vitest';
import { FaultyKafka } from './support/faulty-kafka.ts';
import { untilReached } from './support/hold.ts';
import { Scene } from './support/scene.ts';
import { STEPS } from './support/steps.ts';

const ROWS = 40;
const ALL_TROUBLES = process.env.TRIBUTARY_ALL_TROUBLES !== undefined;

let kafka: FaultyKafka;
beforeAll(async () => {
  kafka = await FaultyKafka.start();
});
afterAll(() => kafka.stop());

describe.concurrent('a connection cut at any step of a load leaves every row once', () => {
  it.for(STEPS)('$name', { timeout: 200_000 }, async ({ place }, context) => {
    const scene = await Scene.create(context, kafka, { partitions: 2 });
    const main = await scene.runUntilAssigned();
    await scene.produce(ROWS);
    await scene.untilLoaded();
    const cut = scene.armCut(place);
    await scene.produce(ROWS);
    await untilReached(cut);
    cut.cut();
    await scene.untilLoaded();
    await scene.produce(ROWS);
    await scene.untilLoaded();
    await scene.stop(main);
    await scene.expectExactlyOnce();
  });
});

describe.concurrent('StarRocks in trouble at any step of a load leaves every row once', () => {
  const troubles = [
    {
      trouble: 'its BE restarted',
      happen: async ({ starrocks }: Scene): Promise<void> => {
        await starrocks.stop('be');
        await starrocks.start('be');
      },
    },
    {
      trouble: 'its FEs restarted',
      happen: async ({ starrocks }: Scene): Promise<void> => {
        await starrocks.stop('fe');
        await starrocks.start('fe');
      },
    },
    {
      trouble: 'its FE leader moved',
      happen: ({ starrocks }: Scene): Promise<void> => {
        starrocks.moveLeader();
        return Promise.resolve();
      },
    },
  ];
  // Each step with one of them; `npm run test:long` has each step with all.
  const cases = troubles.flatMap((trouble, which) =>
    STEPS.filter((_, index) => ALL_TROUBLES || index % troubles.length === which).map((step) => ({
      ...trouble,
      ...step,
    })),
  );

  it.for(cases)('$trouble, $name', { timeout: 200_000 }, async ({ place, happen }, context) => {
    const scene = await Scene.create(context, kafka, { partitions: 2, emulator: { follower: true } });
    const main = await scene.runUntilAssigned();
    const hold = scene.hold(place);
    await scene.produce(ROWS);
    await untilReached(hold);
    await happen(scene);
    hold.release();
    await scene.untilLoaded();
    await scene.produce(ROWS);
    await scene.untilLoaded();
    await scene.stop(main);
    await scene.expectExactlyOnce();
  });
});
