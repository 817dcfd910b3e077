import { connect } from 'node:net';

// ApiVersions, version 0: the one request that every broker answers before anything else is agreed on.
// Size, API key, API version, correlation id, no client id.
const API_VERSIONS = Buffer.from('0000000a' + '0012' + '0000' + '00000001' + 'ffff', 'hex');
const ERROR_CODE_AT = 8;

/** Whether a broker answers at that port within the limit. It listens before it serves, so to connect isn't enough. */
export function answersApiVersions(host: string, port: number, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const socket = connect({ host, port });
    const timer = setTimeout(() => done(false), limitMs);
    const done = (answers: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answers);
    };
    socket.once('error', () => done(false)).once('close', () => done(false));
    socket.once('connect', () => socket.write(API_VERSIONS));
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= ERROR_CODE_AT + 2) done(answer.readInt16BE(ERROR_CODE_AT) === 0);
    });
  });
}
