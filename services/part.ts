import type { ProcessIdentity } from './support/process-identity.ts';
import type { Say } from './support/say.ts';

/** Printed as JSON: where a part answers and what is needed to get in. */
export type Endpoints = object;

export interface LaunchContext {
  /** Empty, and the part's own. */
  readonly dir: string;
  readonly say: Say;
  /** Where another part answers; undefined when it isn't up. */
  readonly endpointsOf: (part: string) => Promise<Endpoints | undefined>;
  /** Told of the process as soon as there is one, so that it can be ended even if the launch is cut off. */
  readonly onSpawned: (identity: ProcessIdentity) => Promise<void>;
}

/** A part with its options decided. */
export interface PartPlan<E extends Endpoints = Endpoints> {
  readonly part: string;
  /** Equal for equal options: tells whether what is up is what was asked for. */
  readonly fingerprint: string;
  /** Starts it detached and returns once it serves. */
  readonly launch: (context: LaunchContext) => Promise<E>;
}

/** A real system that `npm run services` can start. One file each, listed in parts.ts. */
export interface Part {
  readonly name: string;
  readonly summary: string;
  /** Its options for `--help`, a line each. */
  readonly help: string;
  /** Throws a TypeError or ServiceError that names what is wrong with the arguments. */
  readonly plan: (args: readonly string[]) => PartPlan;
}
