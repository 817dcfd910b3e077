import { type PipelineConfig } from '../../config/model.ts';
import { ConfigError, describeError, UnavailableError } from '../../core/errors.ts';
import { type TaskSnapshot } from '../../core/task-snapshot.ts';
import { type DoneLoad } from '../../core/task-stats.ts';
import { type TaskCalls } from '../task.ts';

/** What a thread begins with; everything can be copied. */
export interface ThreadData {
  /** Without its own operators, which are functions. */
  readonly config: PipelineConfig;
  readonly task: number;
  readonly debug: boolean;
  readonly operators: OperatorFile | undefined;
}

/** The pipeline file whose operators the thread loads again. */
export interface OperatorFile {
  /** As the user named it. */
  readonly file: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type CallName = keyof TaskCalls;

/** To the thread. */
export type ToThread =
  /** Answered with the same number. */
  | { readonly kind: 'call'; readonly id: number; readonly name: CallName }
  | { readonly kind: 'forgetTopics' }
  /** Whether anybody reads debug lines. */
  | { readonly kind: 'debug'; readonly on: boolean };

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** From the thread. */
export type FromThread =
  | { readonly kind: 'answer'; readonly id: number; readonly error?: SentError | undefined }
  /** A few times a second; without a snapshot when nothing has changed since the last one. */
  | {
      readonly kind: 'beat';
      readonly snapshot?: TaskSnapshot | undefined;
      /** Those since the last one. */
      readonly loads: readonly DoneLoad[];
      /** How late it comes, in milliseconds. */
      readonly lagMs: number;
    }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly facts: object; readonly message: string }
  /** The task has ended, and nothing follows. */
  | { readonly kind: 'done'; readonly error?: SentError | undefined };

/** An error on its way between threads, where classes are lost. */
export type SentError =
  | { readonly kind: 'config'; readonly problems: readonly string[] }
  | { readonly kind: 'unavailable' | 'other'; readonly message: string };

export function sendable(error: unknown): SentError {
  if (error instanceof ConfigError) return { kind: 'config', problems: error.problems };
  return { kind: error instanceof UnavailableError ? 'unavailable' : 'other', message: describeError(error) };
}

export function received(sent: SentError): Error {
  if (sent.kind === 'config') return new ConfigError(sent.problems);
  return sent.kind === 'unavailable' ? new UnavailableError(sent.message) : new Error(sent.message);
}
