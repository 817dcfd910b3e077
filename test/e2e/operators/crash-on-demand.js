// node --import: throws in the thread of a task, where nothing catches it, once a file is there that says so. It stands for
// a mistake in somebody's callback.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';

const file = new URL(import.meta.url).searchParams.get('file');

if (!isMainThread) {
  setInterval(() => {
    if (!existsSync(file) || readFileSync(file, 'utf8') !== String(workerData.task)) return;
    rmSync(file);
    throw new RangeError('nobody has thought of this');
  }, 20).unref();
}
