import { type BackendAddress } from '../cluster.ts';
import { answerText } from '../http/answers.ts';
import { type FeRequest, type Frontend } from './handler.ts';

/** 307 to another node, with the path and query as they came and without user information (§1.2). */
export function redirect(request: FeRequest, hostPort: string, target = request.request.url ?? '/'): void {
  const location = encodeNonAscii(`http://${hostPort}${target}`);
  answerText(request.response, '', { status: 307, close: true, headers: { Location: location } });
}

/** True when this FE is a follower and has sent the request on. */
export function redirectToLeader(frontend: Frontend, request: FeRequest): boolean {
  const leader = frontend.leader();
  if (leader === undefined) return false;
  redirect(request, leader);
  return true;
}

/** The next BE that is alive, in turn. */
export function chooseBackend(frontend: Frontend): BackendAddress | undefined {
  const alive = frontend.cluster.backends.filter((backend) => backend.alive);
  return alive[frontend.nextBackend++ % Math.max(alive.length, 1)];
}

/** Node hands the request line over as Latin-1, one character a byte. */
function encodeNonAscii(url: string): string {
  return url.replaceAll(/[\u0080-\u00ff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}
