import { type ResourceLimits, Worker } from 'node:worker_threads';
import { Subject } from 'rxjs';
import { type PipelineConfig } from '../../config/model.ts';
import { Deferred } from '../../core/deferred.ts';
import { describeError, TaskCrashError, toError, UnavailableError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { type TaskSnapshot } from '../../core/task-snapshot.ts';
import { type DoneLoad } from '../../core/task-stats.ts';
import { within } from '../../core/within.ts';
import { type DebugSwitch } from '../loggers.ts';
import { type Task } from '../task.ts';
import { BEAT_MS } from './beat.ts';
import {
  type CallName,
  type FromThread,
  type OperatorFile,
  received,
  type ThreadData,
  type ToThread,
} from './messages.ts';

export interface TaskThreadOptions {
  /** The module that the thread runs. */
  readonly entry: URL;
  readonly config: PipelineConfig;
  readonly task: number;
  /** Needed where the pipeline has operators of its own. */
  readonly operators?: OperatorFile | undefined;
  readonly logger: Logger;
  /** Whether the logger writes debug lines. */
  readonly debug: DebugSwitch;
  /** Milliseconds that a stop may take beyond `shutdownTimeoutMs`. Default: 20,000, enough for what Kafka and StarRocks keep waiting. */
  readonly stopMs?: number;
  /** Of its memory. Default: what Node gives a thread. */
  readonly resourceLimits?: ResourceLimits;
}

const STOP_MS = 20_000;

/**
 * A task in a thread of its own. The thread ends with the task; when it ends before, by an error that nobody caught, for want
 * of memory or because something called `process.exit`, the task fails with a TaskCrashError and nothing else does.
 */
export class TaskThread implements Task {
  readonly done: Promise<void>;
  readonly #options: TaskThreadOptions;
  readonly #worker: Worker;
  readonly #load = new Subject<DoneLoad>();
  readonly load$ = this.#load.asObservable();
  readonly #ended = new Deferred<void>();
  readonly #calls = new Map<number, Deferred<void>>();
  #lastCall = 0;
  #snapshot: TaskSnapshot;
  #lagMs = 0;
  #heardAt = performance.now();
  /** What the task says when it has ended. */
  #end: { readonly error: Error | undefined } | undefined;
  #crash: Error | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: TaskThreadOptions) {
    this.#options = options;
    this.done = this.#ended.promise;
    const { entry, config, task, operators, debug, resourceLimits = {} } = options;
    this.#snapshot = untold(config);
    const data: ThreadData = { config: { ...config, transforms: [] }, task, operators, debug: debug.isOn() };
    this.#worker = new Worker(entry, {
      name: `${config.name}-${task}`,
      workerData: data,
      resourceLimits,
    });
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('error', (error: unknown) => {
      this.#crash ??= this.#crashOf(error);
    });
    const unwatch = debug.onChange(() => this.#send({ kind: 'debug', on: debug.isOn() }));
    this.#worker.once('exit', (code) => {
      unwatch();
      this.#exited(code);
    });
  }

  get lagMs(): number {
    return Math.max(this.#lagMs, Math.round(performance.now() - this.#heardAt - BEAT_MS));
  }

  snapshot(): TaskSnapshot {
    return this.#snapshot;
  }

  forgetTopics(): void {
    this.#snapshot = { ...this.#snapshot, topics: [] };
    this.#send({ kind: 'forgetTopics' });
  }

  start(): Promise<void> {
    return this.#call('start');
  }

  pause(): Promise<void> {
    return this.#call('pause');
  }

  resume(): Promise<void> {
    return this.#call('resume');
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { config, stopMs = STOP_MS, logger, task } = this.#options;
    const limitMs = config.shutdownTimeoutMs + stopMs;
    this.#call('stop').catch(() => undefined);
    const settled = this.done.catch(() => undefined);
    if (await within(limitMs, settled)) return;
    const message = `Task ${task} did not stop within ${limitMs} ms, so its thread was ended. Nothing is lost: what was read and not loaded is read again at the next start.`;
    logger.warn({}, message);
    this.#end = { error: new UnavailableError(message) };
    await this.#worker.terminate();
    await settled;
  }

  async #call(name: CallName): Promise<void> {
    const answer = new Deferred<void>();
    const id = ++this.#lastCall;
    this.#calls.set(id, answer);
    this.#send({ kind: 'call', id, name });
    // A thread that is gone answers nothing any more.
    await Promise.race([answer.promise, this.done]);
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromThread): void {
    this.#heardAt = performance.now();
    switch (message.kind) {
      case 'answer': {
        const { id, error } = message;
        const call = this.#calls.get(id);
        this.#calls.delete(id);
        if (error) call?.reject(received(error));
        else call?.resolve();
        return;
      }
      case 'beat':
        this.#snapshot = message.snapshot ?? this.#snapshot;
        this.#lagMs = message.lagMs;
        for (const load of message.loads) this.#load.next(load);
        return;
      case 'log':
        this.#options.logger[message.level]({ task: this.#options.task, ...message.facts }, message.message);
        return;
      case 'done':
        this.#end ??= { error: message.error && received(message.error) };
        // Whatever a library left open must not keep the thread.
        void this.#worker.terminate();
    }
  }

  #exited(code: number): void {
    const { task } = this.#options;
    const error = this.#end
      ? this.#end.error
      : (this.#crash ??
        new TaskCrashError(
          `The thread of task ${task} has ended with exit code ${code}, as when something in it calls process.exit.`,
        ));
    if (error) this.#ended.reject(error);
    else this.#ended.resolve();
  }

  #crashOf(error: unknown): TaskCrashError {
    const { task } = this.#options;
    const reason = toError(error);
    if ('code' in reason && reason.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      return new TaskCrashError(`The thread of task ${task} ran out of memory. ${describeError(reason)}`);
    }
    return new TaskCrashError(
      `The thread of task ${task} has ended by an error that nothing caught: ${describeError(reason)}`,
      reason,
    );
  }
}

/** Of a task that has not told anything yet. */
function untold({ buffer, flush }: PipelineConfig): TaskSnapshot {
  return {
    report: {
      assigned: false,
      rows: 0,
      lastProgress: Date.now(),
      inFlight: { bytes: 0, limit: buffer.maxBytes },
      partitions: [],
      steps: [],
      batches: { bytes: flush.maxBytes, ms: flush.intervalMs },
      tables: [],
      badRecords: { count: 0, last: [] },
      failures: [],
    },
    counts: {
      batches: {},
      transactions: {},
      retries: [],
      commits: 0,
      commitFailures: 0,
      assignments: 0,
      fetchStalls: 0,
      peakBytesInFlight: 0,
    },
    topics: [],
    lastLoad: undefined,
  };
}
