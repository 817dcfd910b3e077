import { describeError } from '../core/errors.ts';
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
      trace: `org.apache.kafka.connect.errors.ConnectException: ${describeError(failure)}`,
    }),
  };
}
