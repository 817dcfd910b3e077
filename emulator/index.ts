import { Emulator } from './emulator.ts';
import { type EmulatorOptions } from './settings.ts';

export { type Emulator, type Nodes } from './emulator.ts';
export { FAILURES, FAULT_POINTS, type FailureName, type Fault, type FaultPoint } from './faults/fault.ts';
export { type FaultSpec } from './faults/parse-fault.ts';
export { type Limits } from './limits.ts';
export { type QueryRow, type QueryValue } from './query.ts';
export { type EmulatorOptions } from './settings.ts';
export { type StatsSnapshot } from './stats.ts';

/** Starts a StarRocks emulator on free ports, or on the given ones, and returns when it answers. */
export function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  return Emulator.start(options);
}
