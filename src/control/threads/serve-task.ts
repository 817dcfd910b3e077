import { inspect } from 'node:util';
import { type MessagePort } from 'node:worker_threads';
import { type Logger } from '../../core/logger.ts';
import { type TaskSnapshot } from '../../core/task-snapshot.ts';
import { type DoneLoad } from '../../core/task-stats.ts';
import { type Task } from '../task.ts';
import { BEAT_MS } from './beat.ts';
import { type CallName, type FromThread, sendable, type ToThread } from './messages.ts';
import { ThreadLogger } from './thread-logger.ts';

export interface ServeTaskOptions {
  readonly port: MessagePort;
  readonly debug: boolean;
  /** Rejects or throws when the task cannot be made as it is configured. */
  readonly createTask: (logger: Logger) => Promise<Task>;
  /** What is left to do when the task has ended, before the thread does. */
  readonly beforeEnd?: () => Promise<void>;
}

/** The thread's side of a `TaskThread`: runs the task, does what it is told and tells what it does. */
export function serveTask(options: ServeTaskOptions): void {
  new TaskServer(options).start();
}

class TaskServer {
  readonly #port: MessagePort;
  readonly #task: Promise<Task>;
  readonly #beforeEnd: () => Promise<void>;
  #debug: boolean;
  #loads: DoneLoad[] = [];
  /** The last snapshot that was sent, as text. */
  #sent = '';
  #dueMs = 0;

  constructor({ port, debug, createTask, beforeEnd = () => Promise.resolve() }: ServeTaskOptions) {
    this.#port = port;
    this.#beforeEnd = beforeEnd;
    this.#debug = debug;
    const logger = new ThreadLogger({
      isDebug: () => this.#debug,
      send: (level, facts, message) => this.#sendLog({ kind: 'log', level, facts, message }),
    });
    this.#task = Promise.resolve(logger).then(createTask);
  }

  start(): void {
    this.#port.on('message', (message: ToThread) => this.#receive(message));
    this.#task.then(
      (task) => this.#watch(task),
      (error: unknown) => this.#send({ kind: 'done', error: sendable(error) }),
    );
  }

  #watch(task: Task): void {
    const loads = task.load$.subscribe({ next: (load) => this.#loads.push(load), error: () => undefined });
    this.#dueMs = performance.now() + BEAT_MS;
    const timer = setInterval(() => this.#beat(task), BEAT_MS);
    this.#beat(task);
    const end = (error: unknown): void => {
      clearInterval(timer);
      loads.unsubscribe();
      this.#beat(task);
      const done = (): void => this.#send({ kind: 'done', error: error === undefined ? undefined : sendable(error) });
      this.#beforeEnd().then(done, done);
    };
    task.done.then(() => end(undefined), end);
  }

  #receive(message: ToThread): void {
    switch (message.kind) {
      case 'call':
        void this.#call(message.id, message.name);
        return;
      case 'forgetTopics':
        void this.#task.then((task) => task.forgetTopics(), ignore);
        return;
      case 'debug':
        this.#debug = message.on;
    }
  }

  async #call(id: number, name: CallName): Promise<void> {
    let error: unknown;
    try {
      const task = await this.#task;
      await task[name]();
    } catch (thrown) {
      error = thrown;
    }
    // Whoever hears the answer looks at the state next.
    await this.#task.then((task) => this.#beat(task), ignore);
    this.#send({ kind: 'answer', id, error: error === undefined ? undefined : sendable(error) });
  }

  #beat(task: Task): void {
    const now = performance.now();
    const lagMs = Math.max(0, Math.round(now - this.#dueMs));
    this.#dueMs = now + BEAT_MS;
    const loads = this.#loads;
    this.#loads = [];
    this.#send({ kind: 'beat', snapshot: this.#changed(task.snapshot()), loads, lagMs });
  }

  /** To compare costs less than to copy, and most of the time nothing happens. */
  #changed(snapshot: TaskSnapshot): TaskSnapshot | undefined {
    const text = JSON.stringify(snapshot);
    if (text === this.#sent) return undefined;
    this.#sent = text;
    return snapshot;
  }

  #sendLog(line: Extract<FromThread, { kind: 'log' }>): void {
    try {
      this.#send(line);
    } catch {
      // A user's operator may log what cannot be copied, such as a function.
      this.#send({ ...line, facts: { facts: inspect(line.facts) } });
    }
  }

  #send(message: FromThread): void {
    this.#port.postMessage(message);
  }
}

const ignore = (): void => undefined;
