import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultyKafka } from './support/faulty-kafka.ts';
import { untilReached } from './support/hold.ts';
import { randomFrom } from './support/random.ts';
import { Scene } from './support/scene.ts';
import { STEPS } from './support/steps.ts';

/** One here; `npm run test:long` takes twenty. */
const SEEDS = Number(process.env.TRIBUTARY_ZOMBIE_SEEDS ?? 1);
const FIRST_SEED = Number(process.env.TRIBUTARY_SEED ?? 1);

/** Every other one here; the kills and cuts beside it have each. */
const SOME_STEPS = STEPS.filter((_, index) => SEEDS > 1 || index % 2 === 0);

let kafka: FaultyKafka;
beforeAll(async () => {
  kafka = await FaultyKafka.start();
});
afterAll(() => kafka.stop());

describe.concurrent('a process stopped at any step of a load, and continued after another one has gone on, does no harm', () => {
  for (const { name, place } of SOME_STEPS) {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      it(`${name}, seed ${seed}`, { timeout: 200_000 }, async (context) => {
        const random = randomFrom(seed, name);
        const scene = await Scene.create(context, kafka, { partitions: random.next(2, 4) });
        const zombie = await scene.runUntilAssigned();
        for (let loads = random.next(0, 1); loads > 0; loads--) {
          await scene.produce(random.next(1, 30));
          await scene.untilLoaded();
        }
        const hold = scene.hold(place);
        await scene.produce(random.next(10, 60));
        await untilReached(hold);
        zombie.signal('SIGSTOP');

        // What was under way arrives while its sender sleeps, after somebody else has gone on, or after it has woken.
        const fate = random.pick(['asleep', 'taken over', 'awake'] as const);
        if (fate === 'asleep') hold.release();
        const heir = scene.run();
        await scene.untilLoaded();
        await scene.produce(random.next(1, 30));
        await scene.untilLoaded();
        if (fate === 'taken over') hold.release();
        zombie.signal('SIGCONT');
        if (fate === 'awake') hold.release();
        await scene.produce(random.next(10, 60));
        await scene.untilLoaded();
        await Promise.all([scene.stop(zombie), scene.stop(heir)]);
        await scene.expectExactlyOnce();
        expect(heir.logged('Assigned').length).toBeGreaterThan(0);
      });
    }
  }
});
