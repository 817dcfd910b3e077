import { describeError, TaskCrashError } from '../core/errors.ts';
import { type StateInfo } from './connectors.ts';

/** A state as Kafka Connect's JSON has it, with the reason of a failure. */
export function stateInfo(
  state: string,
  { workerId, version, failure }: { readonly workerId: string; readonly version: string; readonly failure?: unknown },
): StateInfo {
  return {
    state,
    worker_id: workerId,
    version,
    ...(failure !== undefined && {
      // Whoever filters for Kafka Connect's class finds it.
      trace: `org.apache.kafka.connect.errors.ConnectException: ${describeError(failure)}${stackOf(failure)}`,
    }),
  };
}

/** Where in somebody's code a thread has crashed. Other failures are said in sentences. */
function stackOf(failure: unknown): string {
  if (!(failure instanceof TaskCrashError) || !(failure.cause instanceof Error)) return '';
  const frames = failure.cause.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  return frames.map((frame) => `\n${frame}`).join('');
}
