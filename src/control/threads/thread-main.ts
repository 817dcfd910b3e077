// What a task's thread runs. See TaskThread, which starts it.
import { parentPort, workerData } from 'node:worker_threads';
import { type PipelineConfig } from '../../config/model.ts';
import { flushSpans } from '../../core/tracing.ts';
import { Pipeline } from '../../pipeline.ts';
import { type ThreadData } from './messages.ts';
import { serveTask } from './serve-task.ts';

const { config, task, debug, operators } = workerData as ThreadData;
if (!parentPort) throw new Error('This module runs in a worker thread, which TaskThread starts.');

serveTask({
  port: parentPort,
  debug,
  createTask: async (logger) => new Pipeline({ ...config, transforms: await ownOperators() }, logger, task),
  beforeEnd: flushSpans,
});

/** Functions cannot cross into a thread, so that it makes them as the main thread has: from the pipeline's file. */
async function ownOperators(): Promise<PipelineConfig['transforms']> {
  if (!operators) return [];
  const { loadConfig } = await import('../../config/load.ts');
  const { pipelines } = await loadConfig([operators.file], operators);
  return pipelines.flatMap(({ transforms }) => transforms);
}
