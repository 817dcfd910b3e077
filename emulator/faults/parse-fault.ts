import {
  FAILURES,
  FAULT_POINTS,
  type FailureName,
  type Fault,
  type FaultAction,
  type FaultMatch,
  type FaultPoint,
} from './fault.ts';

/** A fault as tests and the control API write it; exactly one of the actions is given. */
export interface FaultSpec {
  readonly at: FaultPoint;
  /** Default: `before`. */
  readonly when?: 'before' | 'after';
  /** Default: 1. 0: until it is removed. */
  readonly times?: number;
  readonly skip?: number;
  readonly match?: FaultMatch;
  readonly cut?: boolean;
  readonly disconnect?: boolean;
  readonly hang?: boolean;
  readonly delayMs?: number;
  /** One of the named failures, or any text. */
  readonly fail?: string;
  readonly redirect?: string;
  readonly http?: { readonly status: number; readonly body?: string };
}

export function parseFault(spec: FaultSpec): Fault {
  if (!FAULT_POINTS.includes(spec.at)) {
    throw new Error(`"at" must be one of ${FAULT_POINTS.join(', ')}, not ${JSON.stringify(spec.at)}.`);
  }
  const when = spec.when ?? 'before';
  return { at: spec.at, when, do: action(spec), times: spec.times ?? 1, skip: spec.skip ?? 0, match: spec.match ?? {} };
}

function action(spec: FaultSpec): FaultAction {
  if (spec.cut === true) return { kind: 'cut' };
  if (spec.disconnect === true) return { kind: 'disconnect' };
  if (spec.hang === true) return { kind: 'hang' };
  if (spec.delayMs !== undefined) return { kind: 'delay', ms: spec.delayMs };
  if (spec.fail !== undefined) {
    return { kind: 'fail', message: spec.fail in FAILURES ? FAILURES[spec.fail as FailureName] : spec.fail };
  }
  if (spec.redirect !== undefined) return { kind: 'redirect', location: spec.redirect };
  if (spec.http !== undefined) return { kind: 'http', status: spec.http.status, body: spec.http.body ?? '' };
  throw new Error('A fault needs one of cut, disconnect, hang, delayMs, fail, redirect and http.');
}
