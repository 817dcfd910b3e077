import { afterAll, beforeAll, describe, it } from 'vitest';
import { FaultyKafka } from './support/faulty-kafka.ts';
import { untilReached } from './support/hold.ts';
import { randomFrom } from './support/random.ts';
import { Scene } from './support/scene.ts';
import { STEPS } from './support/steps.ts';

/** One here; `npm run test:long` takes twenty. */
const SEEDS = Number(process.env.TRIBUTARY_CRASH_SEEDS ?? 1);
const FIRST_SEED = Number(process.env.TRIBUTARY_SEED ?? 1);

let kafka: FaultyKafka;
beforeAll(async () => {
  kafka = await FaultyKafka.start();
});
afterAll(() => kafka.stop());

describe.concurrent('a process killed at any step of a load leaves every row once', () => {
  for (const { name, place } of STEPS) {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      it(`${name}, seed ${seed}`, { timeout: 200_000 }, async (context) => {
        const random = randomFrom(seed, name);
        const scene = await Scene.create(context, kafka, { partitions: random.next(1, 3) });
        const first = await scene.runUntilAssigned();
        for (let loads = random.next(0, 2); loads > 0; loads--) {
          await scene.produce(random.next(1, 30));
          await scene.untilLoaded();
        }
        const hold = scene.hold(place);
        await scene.produce(random.next(10, 60));
        await untilReached(hold);
        first.signal('SIGKILL');
        await first.exited;

        // What was under way arrives all the same, or after somebody else has gone on, or never.
        const fate = random.pick(['at once', 'late', 'never'] as const);
        if (fate === 'at once') hold.release();
        if (random.next(1, 3) === 1) {
          const second = await scene.runUntilAssigned();
          second.signal('SIGKILL');
          await second.exited;
        }
        const last = scene.run();
        await scene.untilLoaded();
        if (fate === 'late') hold.release();
        await scene.produce(random.next(1, 30));
        await scene.untilLoaded();
        await scene.stop(last);
        await scene.expectExactlyOnce();
      });
    }
  }
});
