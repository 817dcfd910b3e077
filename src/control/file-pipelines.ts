import { Worker } from './worker.ts';
import { WorkerError } from './worker-error.ts';

/** Throws what requests are told that would change, make or judge a pipeline. */
export function refuseToEdit(): never {
  throw new WorkerError(
    403,
    'The pipelines of this process come from pipeline files, which alone can change them. Edit the file, try it out with `node dist/main.js --check FILE`, and start the process again.',
  );
}

/** The pipelines of pipeline files as connectors: they are told of, paused and restarted like any other. */
export class FilePipelines extends Worker {
  override create(): Promise<never> {
    return Promise.resolve().then(refuseToEdit);
  }

  override put(): Promise<never> {
    return Promise.resolve().then(refuseToEdit);
  }

  override patch(): Promise<never> {
    return Promise.resolve().then(refuseToEdit);
  }

  override remove(): Promise<never> {
    return Promise.resolve().then(refuseToEdit);
  }
}
