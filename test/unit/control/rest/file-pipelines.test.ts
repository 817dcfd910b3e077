import { describe, expect, it } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { createRestWorker, type RestWorker } from '../../../support/rest-worker.ts';
import { loadOne, pipelineYaml } from '../../config/support.ts';

async function start(): Promise<RestWorker> {
  const made = createRestWorker({}, { fromPipelineFiles: true });
  await made.worker.startFromFile(
    new Map([
      ['name', 'orders'],
      ['starrocks.password', '[hidden]'],
    ]),
    await loadOne(pipelineYaml()),
  );
  return made;
}

const config = { name: 'orders', 'starrocks.password': '[hidden]' };

describe('the REST API of a process with pipeline files', () => {
  it.each([
    ['/connectors', ['orders']],
    ['/connectors/orders', { name: 'orders', config, tasks: [{ connector: 'orders', task: 0 }], type: 'sink' }],
    ['/connectors/orders/config', config],
    ['/connectors/orders/topics', { orders: { topics: [] } }],
    ['/connectors/orders/offsets', { offsets: [] }],
    ['/tributary/overview', expect.objectContaining({ connectors: [expect.objectContaining({ name: 'orders' })] })],
  ])('tells of its pipelines: GET %s', async (url, body) => {
    const { app } = await start();
    const answer = await app.inject({ url });
    expect([answer.statusCode, answer.json()]).toEqual([200, body]);
  });

  it('pauses, resumes and restarts them', async () => {
    const { app, tasks, worker } = await start();
    for (const [method, url] of [
      ['PUT', '/connectors/orders/pause'],
      ['PUT', '/connectors/orders/resume'],
      ['POST', '/connectors/orders/restart?includeTasks=true'],
    ] as const) {
      expect((await app.inject({ method, url })).statusCode, url).toBe(202);
    }
    await eventually(() => {
      expect(tasks.get('orders')).toHaveLength(2);
      expect(worker.status('orders').tasks[0]?.state).toBe('RUNNING');
    });
  });

  it.each([
    ['POST', '/connectors', { name: 'more', config }],
    ['PUT', '/connectors/orders/config', config],
    ['PATCH', '/connectors/orders/config', { 'flush.intervalMs': '5' }],
    ['DELETE', '/connectors/orders', undefined],
    [
      'PUT',
      '/connector-plugins/StarRocksSinkConnector/config/validate',
      { 'connector.class': 'com.starrocks.connector.kafka.StarRocksSinkConnector' },
    ],
    ['GET', '/tributary/connectors/orders/check', undefined],
  ] as const)('leaves what they are to their files: %s %s', async (method, url, payload) => {
    const { app, worker } = await start();
    const answer = await app.inject({ method, url, ...(payload && { payload }) });
    expect([answer.statusCode, answer.json()]).toEqual([
      403,
      {
        error_code: 403,
        message:
          'The pipelines of this process come from pipeline files, which alone can change them. Edit the file, try it out with `node dist/main.js --check FILE`, and start the process again.',
      },
    ]);
    expect([worker.names, worker.config('orders')]).toEqual([['orders'], config]);
  });
});
