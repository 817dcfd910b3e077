import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../../../../src/core/errors.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeCluster, type FakeProcess } from '../../../support/fake-cluster.ts';
import { Random } from '../../../support/random.ts';
import { starrocksConfig } from '../../../support/rest-worker.ts';

const config = (changes: Readonly<Record<string, string>> = {}): Map<string, string> =>
  new Map(Object.entries({ ...starrocksConfig, ...changes }));

const properties = (changes: Readonly<Record<string, string>> = {}): unknown => ({
  properties: { ...starrocksConfig, name: 'orders', ...changes },
});

/** States of a connector and its tasks, as a process tells them. */
function states({ worker }: FakeProcess, name = 'orders'): string {
  const { connector, tasks } = worker.status(name);
  return [connector.state, ...tasks.map(({ state, worker_id: id }) => `${state}@${id}`)].join(' ');
}

const untilStates = (process: FakeProcess, expected: string, name?: string): Promise<void> =>
  eventually(() => expect(states(process, name)).toBe(expected));

/** Who has made a task, in the order of the ids. */
const runners = (processes: readonly FakeProcess[], name = 'orders'): number[] =>
  processes.map(({ tasks }) => tasks.get(name)?.length ?? 0);

const refusal = (status: number, message: string): unknown => expect.objectContaining({ status, message });

describe('a distributed worker', () => {
  it('makes a connector for all of them, with tasks.max tasks in all', async () => {
    const cluster = new FakeCluster();
    const all = [await cluster.add('a:1'), await cluster.add('b:1'), await cluster.add('c:1')] as const;
    const info = await all[0].worker.create('orders', config({ 'tasks.max': '2' }), 'RUNNING');
    expect(info).toMatchObject({ name: 'orders', type: 'sink', tasks: [{ task: 0 }, { task: 1 }] });
    await eventually(() => expect(runners(all).reduce((sum, one) => sum + one)).toBe(2));
    const shown = await eventually(() => {
      const text = states(all[0]);
      expect(text).toMatch(/^RUNNING RUNNING@.:1 RUNNING@.:1$/);
      return text;
    });
    for (const process of all) {
      expect(process.worker.names).toEqual(['orders']);
      await untilStates(process, shown);
    }
    const [record, ...more] = cluster.configs.records;
    expect([record?.key, JSON.parse(record?.value ?? ''), more]).toEqual([
      'connector-orders',
      properties({ 'tasks.max': '2' }),
      [],
    ]);
  });

  it('runs several tasks of a connector in a process when there are more tasks than processes, and each by itself', async () => {
    const cluster = new FakeCluster({ 'connector-orders': properties({ 'tasks.max': '3' }) });
    const one = await cluster.add('a:1');
    await untilStates(one, 'RUNNING RUNNING@a:1 RUNNING@a:1 RUNNING@a:1');
    const two = await cluster.add('b:1');
    const all = [one, two];
    await eventually(() => {
      const { tasks } = one.worker.status('orders');
      expect(tasks.map(({ state }) => state)).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
      expect(new Set(tasks.map(({ worker_id: id }) => id)).size).toBe(2);
    });
    const own = one.worker.status('orders').tasks.filter(({ worker_id: id }) => id === 'a:1');
    const made = all.map(({ tasks }) => tasks.get('orders')?.length ?? 0);
    // Nothing but what had to move was started anew.
    expect(made).toEqual([3, 3 - own.length]);
    const [id = -1] = own.map((task) => task.id);
    one.tasks
      .get('orders')
      ?.find((task) => task.id === id)
      ?.fail(new Error('over'));
    await eventually(() => expect(two.worker.status('orders').tasks[id]?.state).toBe('FAILED'));
    expect(one.worker.failures).toEqual([`orders: task ${id} has failed. over`]);
    await two.worker.restartTask('orders', id);
    await eventually(() => expect(two.worker.status('orders').tasks[id]?.state).toBe('RUNNING'));
    expect(all.map(({ tasks }) => tasks.get('orders')?.length ?? 0)).toEqual([4, 3 - own.length]);
  });

  it('covers a process that has died, with the task of another one', async () => {
    const cluster = new FakeCluster({ 'connector-orders': properties() });
    const [one, two] = [await cluster.add('a:1'), await cluster.add('b:1')];
    const all = [one, two];
    await eventually(() => expect(states(one)).toMatch(/RUNNING@/));
    const [survivor, dying] = states(one).endsWith('@a:1') ? [two, one] : [one, two];
    const before = runners([survivor]);
    dying.die();
    await untilStates(survivor, `RUNNING RUNNING@${survivor === one ? 'a:1' : 'b:1'}`);
    expect(runners([survivor])[0]).toBeGreaterThanOrEqual(before[0] ?? 0);
    expect(all.flatMap(({ failures }) => failures)).toEqual([]);
  });

  it('keeps what was paused paused, and what was stopped stopped, for processes that come later', async () => {
    const cluster = new FakeCluster({ 'connector-orders': properties() });
    const first = await cluster.add('a:1');
    await untilStates(first, 'RUNNING RUNNING@a:1');
    await first.worker.pause('orders');
    await untilStates(first, 'PAUSED PAUSED@a:1');
    await first.worker.close();
    const second = await cluster.add('b:1');
    await untilStates(second, 'PAUSED PAUSED@b:1');
    expect(second.tasks.size).toBe(0);
    await second.worker.resume('orders');
    await untilStates(second, 'RUNNING RUNNING@b:1');
    await second.worker.stop('orders');
    expect(states(second)).toBe('STOPPED');
    expect(second.tasks.get('orders')?.[0]?.calls.at(-1)).toBe('stop');
    const third = await cluster.add('c:1');
    expect(states(third)).toBe('STOPPED');
  });

  it.each([1, 3])(
    'tells the state of every task in every process, however often tasks have moved (seed %i)',
    async (seed) => {
      const random = new Random(seed);
      const cluster = new FakeCluster({ 'connector-orders': properties({ 'tasks.max': '3' }) });
      const all: FakeProcess[] = [];
      for (let step = 0; step < 12; step++) {
        if (all.length > 1 && random.chance(0.45)) all.splice(random.between(0, all.length - 1), 1)[0]?.die();
        else all.push(await cluster.add(`${random.between(0, 10_000)}:1`));
        for (const process of all) {
          await eventually(() => expect(states(process)).toMatch(/^RUNNING(?: RUNNING@\S+){3}$/), 10_000);
        }
      }
    },
  );

  it('tells the failure of a task of another process, and restarts it there', async () => {
    const cluster = new FakeCluster({ 'connector-orders': properties({ 'tasks.max': '2' }) });
    const [one, two] = [await cluster.add('a:1'), await cluster.add('b:1')];
    await eventually(() => expect(states(one)).toMatch(/^RUNNING RUNNING@\S+ RUNNING@\S+$/));
    two.tasks.get('orders')?.[0]?.fail(new Error('the table is gone'));
    const failed = await eventually(() => {
      const found = one.worker.status('orders').tasks.find(({ state }) => state === 'FAILED');
      if (!found) throw new Error(states(one));
      return found;
    });
    expect(failed).toMatchObject({ worker_id: 'b:1', trace: expect.stringContaining('the table is gone') as string });
    const answer = await one.worker.restart('orders', { includeTasks: true, onlyFailed: true });
    expect(answer.tasks.map(({ state }) => state).sort()).toEqual(['RESTARTING', 'RUNNING']);
    // The first one had both tasks until the second one came.
    await eventually(() => expect(runners([one, two])).toEqual([2, 2]));
    await eventually(() => expect(states(one)).toMatch(/^RUNNING RUNNING@\S+ RUNNING@\S+$/));
    const own = one.worker.status('orders').tasks.find(({ worker_id: id }) => id === 'a:1')?.id ?? -1;
    await two.worker.restartTask('orders', own);
    await eventually(() => expect(runners([one, two])).toEqual([3, 2]));
  });

  it('does not do again what was asked before it came', async () => {
    const cluster = new FakeCluster({
      'connector-orders': properties(),
      'restart-connector-orders': { 'include-tasks': true, 'only-failed': false },
    });
    const process = await cluster.add('a:1');
    await untilStates(process, 'RUNNING RUNNING@a:1');
    expect(runners([process])).toEqual([1]);
  });

  it('starts tasks anew with another configuration, and leaves them alone with the same one', async () => {
    const cluster = new FakeCluster({ 'connector-orders': properties(), 'commit-orders': { tasks: 3 } });
    const process = await cluster.add('a:1');
    await untilStates(process, 'RUNNING RUNNING@a:1');
    expect((await process.worker.put('orders', config())).created).toBe(false);
    expect(runners([process])).toEqual([1]);
    await process.worker.patch('orders', new Map([['bufferflush.intervalms', '2000']]));
    await eventually(() => expect(runners([process])).toEqual([2]));
    expect(process.worker.config('orders')['bufferflush.intervalms']).toBe('2000');
    // What Java workers would begin with is taken back once.
    expect(cluster.configs.records.filter(({ key }) => key === 'commit-orders').map(({ value }) => value)).toEqual([
      '{"tasks":3}',
      '{"tasks":0}',
    ]);
  });

  it('deletes a connector everywhere, and what was said of its tasks', async () => {
    const cluster = new FakeCluster({ 'connector-orders': properties({ 'tasks.max': '2' }) });
    const [one, two] = [await cluster.add('a:1'), await cluster.add('b:1')];
    await eventually(() => expect(states(one)).toMatch(/^RUNNING RUNNING@\S+ RUNNING@\S+$/));
    await one.worker.remove('orders');
    expect(two.worker.names).toEqual([]);
    await eventually(() => expect(two.tasks.get('orders')?.[0]?.calls.at(-1)).toBe('stop'));
    const last = new Map(cluster.statuses.records.map(({ key, value }) => [key, value]));
    expect([...last.values()]).toEqual([undefined, undefined]);
    expect(cluster.configs.records.slice(-2)).toEqual([
      { key: 'connector-orders', value: undefined },
      { key: 'target-state-orders', value: undefined },
    ]);
  });

  it('lists a connector of another class with a reason, and changes nothing of it', async () => {
    const cluster = new FakeCluster({
      'connector-files': { properties: { name: 'files', 'connector.class': 'FileStreamSink' } },
    });
    const { worker } = await cluster.add('a:1');
    const reason = 'Connector files is left alone: it is of class FileStreamSink, and only StarRocks sinks run here.';
    expect(worker.status('files')).toEqual({
      name: 'files',
      connector: { state: 'UNASSIGNED', worker_id: 'a:1', version: '0.1.0', trace: reason },
      tasks: [],
      type: 'unknown',
    });
    const before = cluster.configs.records.length;
    for (const attempt of [
      () => worker.pause('files'),
      () => worker.remove('files'),
      () => worker.put('files', config()),
      () => worker.restart('files', { includeTasks: true, onlyFailed: false }),
      () => worker.offsets('files'),
    ]) {
      await expect(attempt()).rejects.toEqual(refusal(400, reason));
    }
    expect(cluster.configs.records).toHaveLength(before);
  });

  it('shows a connector that cannot run with every reason, and runs the others', async () => {
    const cluster = new FakeCluster({
      'connector-bad': { properties: { ...starrocksConfig, name: 'bad', topics: '' } },
      'connector-orders': properties(),
    });
    const process = await cluster.add('a:1');
    await untilStates(process, 'RUNNING RUNNING@a:1');
    expect(process.worker.status('bad')).toMatchObject({
      connector: { state: 'FAILED', trace: expect.stringContaining('topics') as string },
      tasks: [],
    });
  });

  it('judges a connector that cannot run again when it is restarted: a file of it may be there by then', async () => {
    const cluster = new FakeCluster({
      'connector-orders': properties({
        'consumer.override.security.protocol': 'SSL',
        'consumer.override.ssl.truststore.location': 'ca.pem',
      }),
    });
    const process = await cluster.add('a:1');
    expect(process.worker.status('orders').connector).toMatchObject({
      state: 'FAILED',
      trace: expect.stringContaining('there is no such file') as string,
    });
    cluster.files.set('ca.pem', '-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----');
    const plan = { includeTasks: false, onlyFailed: true };
    expect((await process.worker.restart('orders', plan)).connector.state).toBe('RESTARTING');
    await untilStates(process, 'RUNNING RUNNING@a:1');
  });

  it('takes the later of two connectors of one name that were made at once', async () => {
    const cluster = new FakeCluster();
    const [one, two] = [await cluster.add('a:1'), await cluster.add('b:1')];
    cluster.configs.beforeWrite = () =>
      cluster.configs.append({ key: 'connector-orders', value: JSON.stringify(properties({ topics: 'first' })) });
    await one.worker.create('orders', config({ topics: 'second' }), 'RUNNING');
    for (const { worker } of [one, two]) {
      await eventually(() => expect(worker.config('orders')['topics']).toBe('second'));
    }
    await expect(two.worker.create('orders', config(), 'RUNNING')).rejects.toEqual(
      refusal(409, 'Connector orders already exists'),
    );
  });

  it('makes a connector that is paused or stopped from the beginning', async () => {
    const cluster = new FakeCluster();
    const process = await cluster.add('a:1');
    await process.worker.create('orders', config(), 'STOPPED');
    expect(states(process)).toBe('STOPPED');
    expect(process.tasks.size).toBe(0);
    expect(cluster.configs.records[0]).toEqual({
      key: 'target-state-orders',
      value: '{"state":"PAUSED","state.v2":"STOPPED"}',
    });
  });

  it('moves offsets while it is stopped, and only then', async () => {
    const cluster = new FakeCluster({ 'connector-orders': properties() });
    const { worker } = await cluster.add('a:1');
    await expect(worker.resetOffsets('orders')).rejects.toEqual(
      refusal(400, expect.stringContaining('must be in the STOPPED state') as string),
    );
    await worker.stop('orders');
    await worker.resetOffsets('orders');
    expect(await worker.offsets('orders')).toEqual([]);
  });

  it('fails what it could not write, and goes on', async () => {
    const cluster = new FakeCluster({ 'connector-orders': properties() });
    const process = await cluster.add('a:1');
    cluster.configs.writeError = new UnavailableError('Kafka is away.');
    await expect(process.worker.pause('orders')).rejects.toThrow('Kafka is away.');
    cluster.configs.writeError = undefined;
    await untilStates(process, 'RUNNING RUNNING@a:1');
  });

  it('shows and changes nothing before it has read the topic', async () => {
    const { worker } = new FakeCluster().create('a:1');
    expect(() => worker.names).toThrow('The worker is still starting');
    await expect(worker.create('orders', config(), 'RUNNING')).rejects.toEqual(
      refusal(503, expect.stringContaining('starting') as string),
    );
  });

  it('leaves a damaged record alone and says which', async () => {
    const cluster = new FakeCluster({ 'connector-orders': properties(), 'connector-odd': { properties: 1 } });
    const { worker, logger } = await cluster.add('a:1');
    expect(worker.names).toEqual(['orders']);
    expect(logger.messages('warn')).toContain(
      'Record connector-odd of the config topic cannot be read, and is left alone',
    );
  });

  it('sets a level in every worker that runs, and not in those that come later', async () => {
    const cluster = new FakeCluster();
    const [one, two] = [await cluster.add('a:1'), await cluster.add('b:1')];
    await one.worker.setClusterLevel('tributary', 'DEBUG');
    const three = await cluster.add('c:1');
    expect([one, two, three].map(({ levels }) => levels)).toEqual([['tributary=DEBUG'], ['tributary=DEBUG'], []]);
    expect(cluster.configs.records).toEqual([{ key: 'logger-cluster-tributary', value: '{"level":"DEBUG"}' }]);
  });

  it('warns of two workers with one id', async () => {
    const cluster = new FakeCluster();
    await cluster.add('a:1');
    const { logger } = await cluster.add('a:1');
    expect(logger.messages('warn')).toEqual([
      'Two workers of the cluster call themselves a:1, so that their tasks cannot be told apart: set `rest.advertised.host.name` in their files',
    ]);
  });
});
