import { type Cluster } from '../cluster.ts';
import { type HttpListener, type RequestContext } from '../http/listener.ts';

/** One FE process. */
export interface Frontend {
  readonly cluster: Cluster;
  readonly listener: HttpListener;
  /** Where a follower sends what only the leader may answer; undefined on the leader itself. */
  readonly leader: () => string | undefined;
  /** Round robin over the BEs. */
  nextBackend: number;
  /** Which BE a label's transaction was begun on: by label only, as in StarRocks. */
  readonly coordinators: Map<string, number>;
}

export interface FeRequest extends RequestContext {
  readonly path: string;
  readonly query: URLSearchParams;
  /** The path's variable parts. */
  readonly parameters: readonly string[];
}

export type FeHandler = (frontend: Frontend, request: FeRequest) => Promise<void> | void;
