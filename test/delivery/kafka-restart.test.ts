import { afterAll, beforeAll, expect, it } from 'vitest';
import { FaultyKafka } from './support/faulty-kafka.ts';
import { untilReached } from './support/hold.ts';
import { Scene } from './support/scene.ts';
import { STEPS } from './support/steps.ts';

const ROWS = 40;

let kafka: FaultyKafka;
beforeAll(async () => {
  kafka = await FaultyKafka.start();
});
afterAll(() => kafka.stop());

const restarts = [
  {
    how: 'shut down and started',
    restart: ({ service }: FaultyKafka) => service.restart(),
  },
  {
    how: 'killed and started',
    restart: async ({ service }: FaultyKafka) => {
      await service.kill();
      await service.start();
    },
  },
];

it.for(restarts)(
  'the Kafka broker $how, with a pipeline at each step of a load: every row once',
  { timeout: 240_000 },
  async ({ restart }, context) => {
    const pipelines = await Promise.all(
      STEPS.map(async ({ place }) => {
        const scene = await Scene.create(context, kafka, { partitions: 2 });
        const main = await scene.runUntilAssigned();
        const hold = scene.hold(place);
        await scene.produce(ROWS);
        await untilReached(hold);
        return { scene, main, hold };
      }),
    );
    const { pid } = kafka.service;
    await restart(kafka);
    expect(kafka.service.pid).not.toBe(pid);
    await Promise.all(
      pipelines.map(async ({ scene, main, hold }) => {
        hold.release();
        await scene.untilLoaded();
        await scene.produce(ROWS);
        await scene.untilLoaded();
        await scene.stop(main);
        await scene.expectExactlyOnce();
      }),
    );
  },
);
