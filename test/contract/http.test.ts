import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, callAndFollow } from './support/http.ts';
import { JSON_ARRAY, newLabel, StarRocks } from './support/starrocks.ts';

let sr: StarRocks;
beforeAll(async () => {
  sr = await StarRocks.start();
  await sr.table('t', 'id INT');
  await sr.sql("CREATE USER 'loader'@'%' IDENTIFIED BY 'se:cret'");
  await sr.sql("CREATE USER 'reader'@'%' IDENTIFIED BY 'x'");
  await sr.sql(`GRANT INSERT ON ${sr.database}.t TO USER 'loader'@'%'`);
});
afterAll(async () => {
  await sr.sql("DROP USER IF EXISTS 'loader'@'%'");
  await sr.sql("DROP USER IF EXISTS 'reader'@'%'");
  await sr.close();
});

const CONTINUE = { Expect: '100-continue' };
const ROWS = '[{"id":1}]';

function put(table: string, headers: Record<string, string>) {
  return call({ method: 'PUT', url: sr.loadUrl(table), headers, body: ROWS });
}

/** Where the FE would have this load go. */
async function beUrl(table: string): Promise<string> {
  const answer = await put(table, { ...sr.authorization(), ...CONTINUE });
  return answer.headers.location ?? '';
}

describe('§1.2 FE and _stream_load', () => {
  it('§1.2 answers 307 with an absolute http Location, no user information, and closes', async () => {
    const answer = await put('t', { ...sr.authorization(), ...CONTINUE });
    const location = new URL(answer.headers.location ?? '');
    expect(answer.status).toBe(307);
    expect(location).toMatchObject({ protocol: 'http:', username: '', pathname: `/api/${sr.database}/t/_stream_load` });
    expect(answer.headers.connection).toBe('close');
  });

  it('§1.2 never sends 100 Continue', async () => {
    expect((await put('t', { ...sr.authorization(), ...CONTINUE })).continued).toBe(false);
  });

  it('§1.2 wants Expect: 100-continue, in any case of letters', async () => {
    const answer = await put('t', sr.authorization());
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({
      Status: 'FAILED',
      Message: 'class com.starrocks.common.DdlException: There is no 100-continue header',
    });
    expect((await put('t', { ...sr.authorization(), Expect: '100-Continue' })).status).toBe(307);
  });

  it('§1.2 answers 400 to headers beyond 32 KiB', async () => {
    const columns = 'c'.repeat(40_000);
    expect((await put('t', { ...sr.authorization(), ...CONTINUE, columns })).status).toBe(400);
  });
});

describe('§1.4 authentication', () => {
  it('§1.4 no credentials -> 401, WWW-Authenticate, Need auth information', async () => {
    const answer = await put('t', CONTINUE);
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Basic realm=""' } });
    expect(JSON.parse(answer.text)).toMatchObject({ status: 'FAILED', msg: 'Need auth information.' });
  });

  it('§1.4 a wrong password -> 401 Access denied', async () => {
    const answer = await put('t', { ...sr.authorization('loader', 'wrong'), ...CONTINUE });
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 'FAILED', code: '1' });
    expect(answer.text).toContain('Access denied for loader@');
  });

  it('§1.4 no INSERT privilege -> 401', async () => {
    const answer = await put('t', { ...sr.authorization('reader', 'x'), ...CONTINUE });
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('INSERT privilege');
  });

  it('§1.4 a password may contain colons, and a user @cluster', async () => {
    expect((await put('t', { ...sr.authorization('loader@default_cluster', 'se:cret'), ...CONTINUE })).status).toBe(
      307,
    );
  });

  it('§1.4 a BE answers a wrong password with 200 and Fail', async () => {
    const headers = { ...sr.authorization('loader', 'wrong'), ...CONTINUE, ...JSON_ARRAY };
    const answer = await call({ method: 'PUT', url: await beUrl('t'), headers, body: ROWS });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ Status: 'Fail', TxnId: -1 });
    expect(answer.text).toContain('Access denied');
  });

  it('§1.3 a BE answers missing credentials with 200 and Fail', async () => {
    const answer = await call({ method: 'PUT', url: await beUrl('t'), headers: CONTINUE, body: ROWS });
    expect(JSON.parse(answer.text)).toMatchObject({ Status: 'Fail', Message: 'no valid Basic authorization' });
  });
});

describe('§1.3 BE and _stream_load', () => {
  it('§1.3 does not want Expect', async () => {
    const headers = { ...sr.authorization(), ...JSON_ARRAY };
    const answer = await call({ method: 'PUT', url: await beUrl('t'), headers, body: ROWS });
    expect(JSON.parse(answer.text)).toMatchObject({ Status: 'Success' });
  });

  it.each([
    ['format', { format: 'xml' }, 'unknown data format, format=xml'],
    ['timeout', { timeout: 'soon' }, 'Invalid timeout format'],
    ['strict_mode', { strict_mode: 'maybe' }, 'Invalid strict mode format. Must be bool type'],
    ['label', { label: 'a.b' }, 'Label format error. regex: '],
    [
      'log_rejected_record_num',
      { log_rejected_record_num: '-2' },
      'log_rejected_record_num must be equal or greater than -1',
    ],
    ['load_mem_limit', { load_mem_limit: '-1' }, 'load_mem_limit must be equal or greater than 0'],
    ['skip_header', { skip_header: '-1' }, 'skip_header must be equal or greater than 0'],
    ['partial_update', { partial_update: 'x' }, 'Invalid partial update flag format. Must be bool type'],
    [
      'partitions',
      { partitions: 'p1', temporary_partitions: 'p2' },
      'Can not specify both partitions and temporary partitions',
    ],
  ])('§1.3 a bad %s header fails before the body is asked for', async (_, header, message) => {
    const headers = { ...sr.authorization(), ...CONTINUE, ...JSON_ARRAY, ...header };
    const answer = await call({ method: 'PUT', url: await beUrl('t'), headers, body: ROWS });
    expect(answer).toMatchObject({ status: 200, continued: false });
    const { Status, Message } = JSON.parse(answer.text) as { Status: string; Message: string };
    expect({ Status, Message }).toEqual({ Status: 'Fail', Message: expect.stringContaining(message) as string });
  });

  it('§1.3 makes a label when none is given', async () => {
    expect((await sr.loadRows('t', [{ id: 1 }])).Label).toMatch(/^[-\w]{1,128}$/);
  });

  it('§1.6 takes a chunked body', async () => {
    const headers = { ...sr.authorization(), ...CONTINUE, ...JSON_ARRAY };
    const answer = await callAndFollow({ method: 'PUT', url: sr.loadUrl('t'), headers, body: ROWS, chunked: true });
    expect(JSON.parse(answer.text)).toMatchObject({ Status: 'Success', LoadBytes: ROWS.length });
  });

  it('§1.6 an empty body is a load without rows', async () => {
    expect(await sr.load('t', '', JSON_ARRAY)).toMatchObject({
      Status: 'Fail',
      Message: 'all partitions have no load data',
    });
  });

  it('§1.6 says no to JSON beyond 100 MB with a Content-Length, before the body', async () => {
    const headers = { ...sr.authorization(), ...CONTINUE, ...JSON_ARRAY, 'Content-Length': String(105 * 1024 * 1024) };
    const answer = await call({ method: 'PUT', url: await beUrl('t'), headers });
    expect(answer.continued).toBe(false);
    expect(answer.text).toContain('The size of this batch exceed the max size [104857600]  of json type data');
  });
});

describe('§1.1 other routes', () => {
  it('§1.1 FE /api/health', async () => {
    const { text } = await call({ method: 'GET', url: `${sr.feUrl}/api/health` });
    expect(JSON.parse(text)).toMatchObject({ status: 'OK', online_backend_num: expect.anything() as number });
  });

  it('§1.1 BE /api/health', async () => {
    const { text } = await call({ method: 'GET', url: new URL('/api/health', await beUrl('t')).href });
    expect(JSON.parse(text)).toMatchObject({ status: 'OK' });
  });

  it('§1.1 an unknown BE route -> 404 Not Found', async () => {
    const answer = await call({ method: 'GET', url: new URL('/api/nosuch', await beUrl('t')).href });
    expect(answer).toMatchObject({ status: 404 });
  });

  it('§1.7 get_load_state: an unknown label -> 200 UNKNOWN', async () => {
    const url = `${sr.feUrl}/api/${sr.database}/get_load_state?label=${newLabel()}`;
    const { status, text } = await callAndFollow({ method: 'GET', url, headers: sr.authorization() });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ state: 'UNKNOWN', status: 'OK' });
  });

  it('§1.7 get_load_state: no label, no database', async () => {
    const noLabel = await callAndFollow({
      method: 'GET',
      url: `${sr.feUrl}/api/${sr.database}/get_load_state`,
      headers: sr.authorization(),
    });
    const noDatabase = await callAndFollow({
      method: 'GET',
      url: `${sr.feUrl}/api/nosuch/get_load_state?label=x`,
      headers: sr.authorization(),
    });
    expect(noLabel.text).toContain('No label selected.');
    expect(noDatabase.text).toContain('unknown database, database=nosuch');
  });
});

describe('§3 answers', () => {
  it('§3.1 fields in their order, indented by four spaces', async () => {
    const { text } = await sr.rawLoad('t', ROWS, JSON_ARRAY);
    expect(text).toContain('\n    "TxnId": ');
    expect(Object.keys(JSON.parse(text) as object)).toEqual([
      'TxnId',
      'Label',
      'Status',
      'Message',
      'NumberTotalRows',
      'NumberLoadedRows',
      'NumberFilteredRows',
      'NumberUnselectedRows',
      'LoadBytes',
      'LoadTimeMs',
      'BeginTxnTimeMs',
      'StreamLoadPlanTimeMs',
      'ReadDataTimeMs',
      'WriteDataTimeMs',
      'CommitAndPublishTimeMs',
    ]);
  });

  it('§3.2 Label Already Exists, FINISHED', async () => {
    const label = newLabel();
    await sr.loadRows('t', [{ id: 1 }], { label });
    expect(await sr.loadRows('t', [{ id: 1 }], { label })).toMatchObject({
      TxnId: -1,
      Status: 'Label Already Exists',
      ExistingJobStatus: 'FINISHED',
      Message: `Label [${label}] has already been used.`,
    });
  });

  it('§3.2 Label Already Exists, RUNNING', async () => {
    const label = newLabel();
    await sr.transaction('begin', label, 't');
    expect(await sr.loadRows('t', [{ id: 1 }], { label })).toMatchObject({ ExistingJobStatus: 'RUNNING' });
    await sr.transaction('rollback', label, 't');
  });

  it('§8.1 a failed load leaves its label free', async () => {
    const label = newLabel();
    expect(await sr.load('t', '[', { ...JSON_ARRAY, label })).toMatchObject({ Status: 'Fail' });
    expect(await sr.loadState(label)).toBe('ABORTED');
    expect(await sr.loadRows('t', [{ id: 1 }], { label })).toMatchObject({ Status: 'Success' });
  });

  it('§8.1 of two loads with one label at the same time exactly one is loaded', async () => {
    const label = newLabel();
    const answers = await Promise.all([1, 2, 3].map((id) => sr.loadRows('t', [{ id }], { label })));
    expect(answers.filter(({ Status }) => Status === 'Success')).toHaveLength(1);
  });

  it('§3.4 unknown table', async () => {
    expect((await sr.loadRows('nosuch', [{ id: 1 }])).Message).toMatch(/unknown table/);
  });

  it('§3.4 unknown database', async () => {
    const headers = { ...sr.authorization(), ...CONTINUE, ...JSON_ARRAY };
    const url = `${sr.feUrl}/api/nosuch/t/_stream_load`;
    const { text } = await callAndFollow({ method: 'PUT', url, headers, body: ROWS });
    expect(text).toMatch(/unknown database/i);
  });
});
