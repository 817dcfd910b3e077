import { type StarRocksVersion } from '../version.ts';
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

export function parseFault(spec: FaultSpec, version: StarRocksVersion): Fault {
  if (!FAULT_POINTS.includes(spec.at)) {
    throw new Error(`"at" must be one of ${FAULT_POINTS.join(', ')}, not ${JSON.stringify(spec.at)}.`);
  }
  const when = spec.when ?? 'before';
  return {
    at: spec.at,
    when,
    do: action(spec, version),
    times: spec.times ?? 1,
    skip: spec.skip ?? 0,
    match: spec.match ?? {},
  };
}

function action(spec: FaultSpec, version: StarRocksVersion): FaultAction {
  if (spec.cut === true) return { kind: 'cut' };
  if (spec.disconnect === true) return { kind: 'disconnect' };
  if (spec.hang === true) return { kind: 'hang' };
  if (spec.delayMs !== undefined) return { kind: 'delay', ms: spec.delayMs };
  if (spec.fail !== undefined) return { kind: 'fail', message: messageOf(spec.fail, version) };
  if (spec.redirect !== undefined) return { kind: 'redirect', location: spec.redirect };
  if (spec.http !== undefined) return { kind: 'http', status: spec.http.status, body: spec.http.body ?? '' };
  throw new Error('A fault needs one of cut, disconnect, hang, delayMs, fail, redirect and http.');
}

function messageOf(failure: string, version: StarRocksVersion): string {
  if (failure === 'too_many_versions' && !version.atLeast(2, 5))
    return 'Too many versions. tablet_id: 10012, version_count: 1001, limit: 1000';
  return failure in FAILURES ? FAILURES[failure as FailureName] : failure;
}
