import { type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/index.ts';
import { MysqlClient } from '../../src/sinks/starrocks/mysql-client.ts';
import { eventually } from '../support/eventually.ts';
import { deadAddress, tcpServer } from '../support/servers.ts';

const never = new AbortController().signal;

async function cluster(): Promise<Emulator> {
  const emulator = await startEmulator({ rootPassword: 'secret' });
  onTestFinished(() => emulator.close());
  return emulator;
}

function client(addresses: readonly string[], more = {}): MysqlClient {
  return new MysqlClient({
    addresses,
    username: 'root',
    password: 'secret',
    connectMs: 500,
    statementMs: 500,
    ...more,
  });
}

async function withoutScheme(url: Promise<string>): Promise<string> {
  return (await url).replace('http://', '');
}

it('statements reach the first FE that answers, and rows come back by their names', async () => {
  const emulator = await cluster();
  const mysql = client([await withoutScheme(deadAddress()), `127.0.0.1:${emulator.queryPort}`]);
  const rows = await mysql.session(async (run) => {
    expect(await run('CREATE DATABASE shop')).toEqual([]);
    return run('SELECT 1 AS one');
  }, never);
  expect(rows).toEqual([{ one: 1 }]);
});

it('a login that is refused is told by its address and user', async () => {
  const emulator = await cluster();
  const address = `127.0.0.1:${emulator.queryPort}`;
  await expect(client([address], { password: 'wrong' }).session((run) => run('SELECT 1'), never)).rejects.toThrow(
    `StarRocks at ${address} refuses the login of root: Access denied for user 'root' (using password: YES)`,
  );
});

it('a statement that is refused is told by the reason and its text, and the next one runs', async () => {
  const emulator = await cluster();
  await client([`127.0.0.1:${emulator.queryPort}`]).session(async (run) => {
    await expect(run('DROP TABLE shop.t')).rejects.toMatchObject({
      name: 'RefusedStatementError',
      statement: 'DROP TABLE shop.t',
      message: expect.stringMatching(/\. The statement was: DROP TABLE shop\.t$/) as string,
    });
    expect(await run('SELECT 2 AS two')).toEqual([{ two: 2 }]);
  }, never);
});

it('nobody that answers, and somebody that never does, are unavailable', async () => {
  const [dead, silent] = await Promise.all([withoutScheme(deadAddress()), withoutScheme(tcpServer(() => undefined))]);
  await expect(client([dead, silent]).session((run) => run('SELECT 1'), never)).rejects.toMatchObject({
    name: 'UnavailableError',
    message: expect.stringContaining(`No StarRocks FE answers at its MySQL port (${dead}: `) as string,
  });
});

it('a statement that is never answered ends in time, and at once when nobody wants it any more', async () => {
  const emulator = await cluster();
  // Lets the login through, and then nothing.
  const forwarded: Socket[] = [];
  const { connect } = await import('node:net');
  const address = await withoutScheme(
    tcpServer((socket) => {
      const behind = connect(emulator.queryPort, '127.0.0.1');
      behind.on('error', () => undefined);
      forwarded.push(socket);
      behind.pipe(socket);
      let sent = 0;
      socket.on('data', (data) => {
        if (sent++ === 0) behind.write(data);
      });
      socket.on('close', () => behind.destroy());
    }),
  );
  const mysql = client([address]);
  await expect(mysql.session((run) => run('SELECT 1'), never)).rejects.toMatchObject({
    name: 'UnavailableError',
    message: expect.stringContaining(`StarRocks at ${address} did not answer a statement`) as string,
  });
  const gone = new AbortController();
  const waiting = client([address], { statementMs: 60_000 }).session((run) => run('SELECT 1'), gone.signal);
  await eventually(() => expect(forwarded).toHaveLength(2));
  gone.abort(new Error('taken away'));
  await expect(waiting).rejects.toThrow('taken away');
});
