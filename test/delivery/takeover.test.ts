import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { FaultyKafka } from './support/faulty-kafka.ts';
import { untilReached } from './support/hold.ts';
import { Scene } from './support/scene.ts';

let kafka: FaultyKafka;
beforeAll(async () => {
  kafka = await FaultyKafka.start();
});
afterAll(() => kafka.stop());

describe.concurrent('the group of the Java connector', () => {
  it('is taken over at the offsets that it has committed, and given back at plain ones', async (context) => {
    const scene = await Scene.create(context, kafka, { partitions: 2 });
    await scene.produce(40);
    // Partition 0 has the even rows, partition 1 the odd ones.
    await kafka.setOffsets(scene.group, scene.topic, [7, 20]);
    const main = await scene.runUntilAssigned();
    const rest = [...Array.from({ length: 13 }, (_, index) => 14 + 2 * index)];
    await eventually(() => scene.expectRows(rest));
    await scene.stop(main);
    await scene.expectCommitted([20, 20]);

    await scene.produce(10);
    const seen = await kafka.readAs(context, scene.group, scene.topic, 10);
    expect(seen).toEqual(Array.from({ length: 10 }, (_, index) => 40 + index));
    await scene.expectRows(rest);
  });

  it('has a plain offset within two seconds after the last load, while the process runs', async (context) => {
    const scene = await Scene.create(context, kafka, { partitions: 2 });
    const main = await scene.runUntilAssigned();
    await scene.produce(40);
    await scene.untilLoaded();
    await eventually(() => scene.expectCommitted([20, 20]));
    await scene.stop(main);
    await scene.expectExactlyOnce();
  });

  it('has a plain offset soon after a start that found a decided load and nothing to load after it', async (context) => {
    const scene = await Scene.create(context, kafka);
    const first = await scene.runUntilAssigned();
    const hold = scene.hold({ starrocks: 'transaction.commit', when: 'after' });
    await scene.produce(10);
    await untilReached(hold);
    first.signal('SIGKILL');
    await first.exited;
    hold.release();
    const main = await scene.runUntilAssigned();
    await eventually(() => scene.expectCommitted([10]));
    await scene.stop(main);
    await scene.expectExactlyOnce();
  });

  it('stays as it is when a process starts and stops without anything to load', async (context) => {
    const scene = await Scene.create(context, kafka);
    await scene.produce(5);
    await kafka.setOffsets(scene.group, scene.topic, [5]);
    const main = await scene.runUntilAssigned();
    await scene.stop(main);
    await scene.expectCommitted([5]);
    await scene.expectRows([]);
  });
});
