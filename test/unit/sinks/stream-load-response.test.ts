import { describe, expect, it } from 'vitest';
import { type LoadVerdict, readLoadAnswer } from '../../../src/sinks/starrocks/stream-load-response.ts';

/** A BE's answer: four spaces, all counters. */
function beAnswer(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(
    {
      TxnId: 1003,
      Label: 'label',
      NumberTotalRows: 0,
      NumberLoadedRows: 0,
      NumberFilteredRows: 0,
      NumberUnselectedRows: 0,
      LoadBytes: 40,
      LoadTimeMs: 12,
      ...fields,
    },
    undefined,
    4,
  );
}

function failure(message: string, more: Readonly<Record<string, unknown>> = {}): string {
  return beAnswer({ Status: 'Fail', Message: message, ...more });
}

describe('readLoadAnswer', () => {
  describe('takes for loaded', () => {
    const counts = { NumberTotalRows: 5, NumberLoadedRows: 3, NumberFilteredRows: 1, NumberUnselectedRows: 1 };

    it('Success, with its counts', () => {
      expect(readLoadAnswer(200, beAnswer({ Status: 'Success', Message: 'OK', ...counts }))).toEqual({
        verdict: 'loaded',
        message: 'OK',
        rows: { total: 5, loaded: 3, filtered: 1, unselected: 1 },
      });
    });

    it('Publish Timeout: the rows are committed and will be seen later', () => {
      const body = beAnswer({
        Status: 'Publish Timeout',
        Message: 'Publish timeout. The data will be visible after a while, transaction status: COMMITTED',
        ...counts,
      });
      expect(readLoadAnswer(200, body)).toMatchObject({ verdict: 'loaded', rows: { total: 5 } });
    });

    it('a label that is finished, whose zeros say nothing', () => {
      const body = beAnswer({
        Status: 'Label Already Exists',
        ExistingJobStatus: 'FINISHED',
        Message: 'Label [label] has already been used.',
      });
      expect(readLoadAnswer(200, body)).toEqual({ verdict: 'loaded', message: 'Label [label] has already been used.' });
    });

    it('a load of which every row was left out on purpose', () => {
      const body = failure('all partitions have no load data', { NumberTotalRows: 5, NumberUnselectedRows: 5 });
      expect(readLoadAnswer(200, body)).toMatchObject({
        verdict: 'loaded',
        rows: { total: 5, loaded: 0, unselected: 5 },
      });
    });

    it('an answer of merge commit, which counts nothing', () => {
      const body = JSON.stringify({ TxnId: 1, Label: 'batch', Status: 'Success', Message: 'OK', RequestId: 'label' });
      expect(readLoadAnswer(200, body)).toEqual({ verdict: 'loaded', message: 'OK' });
    });
  });

  describe('takes for running', () => {
    it.each([
      [
        'a label that another attempt uses',
        { Status: 'Label Already Exists', ExistingJobStatus: 'RUNNING', Message: 'Label [x] has already been used.' },
      ],
      ['a label that exists, and nothing more', { Status: 'Label Already Exists', Message: '' }],
      [
        'the answer of some 3.3 and 3.4 builds',
        { Status: 'Fail', Message: 'cancel stream task for exception: Label [x] has already been used.' },
      ],
      [
        'the same with other counters',
        { Status: 'Fail', Message: 'Label [x] has already been used. : be:10.0.0.1', NumberTotalRows: 0 },
      ],
    ])('%s', (_, fields) => {
      const answer = readLoadAnswer(200, beAnswer(fields));
      expect(answer.verdict).toBe('running');
    });
  });

  it('takes a commit that nobody knows of for ambiguous', () => {
    const message =
      'Commit transaction fail cause [THRIFT_RPC_ERROR], Transaction status unknown, you can retry with same label.';
    expect(readLoadAnswer(200, failure(message))).toMatchObject({ verdict: 'ambiguous', message });
  });

  // The failure catalogue, row by row.
  it.each<[LoadVerdict, string]>([
    ['refused', 'Access denied for root@10.0.0.1'],
    ['refused', 'Access denied; you need (at least one of) the INSERT privilege(s) for this operation'],
    ['refused', 'no valid Basic authorization'],
    ['refused', 'Label format error. regex: ^[-\\w]{1,128}$, label: a.b'],
    ['refused', 'unknown database, database=nowhere'],
    ['refused', 'unknown table "db.tbl"'],
    ['refused', 'unknown table, table=tbl'],
    ['refused', "The data of 'mv' cannot be inserted because 'mv' is a materialized view"],
    ['refused', 'Only olap/lake table support stream load'],
    ['refused', 'Database[10001] data size exceeds quota[1.000TB]'],
    ['refused', 'Mapping column is not in table. column: x'],
    ['refused', 'Column has no default value. column: x'],
    ['refused', 'column has no source field, column=x'],
    ['refused', 'Duplicate column: x'],
    ['refused', 'Duplicate column mapping: x'],
    ['refused', 'key column x not in partial update columns'],
    ['refused', 'Only primary key table support partial update'],
    ['refused', 'unknown data format, format=xml'],
    ['refused', 'Unsupported compression type: br'],
    ['refused', 'Invalid timeout format'],
    ['refused', 'Invalid strict mode format. Must be bool type'],
    ['refused', 'Invalid load mem limit format'],
    ['refused', 'load_mem_limit must be equal or greater than 0'],
    ['refused', 'exec_mem_limit must be greater than 0'],
    ['refused', 'log_rejected_record_num must be equal or greater than -1'],
    ['refused', 'Can not specify both partitions and temporary partitions'],
    ['refused', 'json_root cannot be specified when envelope is set'],
    ['refused', 'Only one of http header content-encoding and compression can be set'],
    ['refused', 'Invalid parameter enable_merge_commit. The value must be bool type, but is maybe'],
    ['retry', 'current running txns on db 10001 is 1000, larger than limit 1000'],
    ['retry', 'streamload txn num per be exceeds limit'],
    ['retry', 'Stream Load exceed http cuncurrent limit 100, please try again later'],
    ['retry', 'current fe is not master'],
    ['retry', 'get database read lock timeout, database=db'],
    ['retry', 'Service is shutting down, please retry later!'],
    ['retry', 'No backend alive.'],
    ['retry', 'No backend or compute node alive.'],
    ['retry', 'Too many versions. tablet_id: 10012'],
    [
      'retry',
      'Failed to load data into tablet 10012, because of too many versions, current/limit: 1001/1000. You can reduce the loading job concurrency : be:10.0.0.1',
    ],
    ['retry', 'Failed to load data into partition p, because of too large compaction score'],
    ['retry', 'Primary-key index exceeds the limit. tablet_id: 10012'],
    ['retry', 'Memory of process exceed limit. Used: 2147483648, Limit: 2147483648. : be:10.0.0.1'],
    ['retry', 'Memory of query_id exceed limit. Start execute plan fragment'],
    ['retry', 'MEM_LIMIT_EXCEEDED: memory limit exceeded'],
    ['retry', 'Mem usage has exceed the limit of BE'],
    ['retry', 'Tablet is in error state, tablet_id: 10012'],
    ['retry', 'transaction is aborted by timeout 600 seconds.'],
    ['retry', 'timeout by txn manager'],
    ['retry', 'user cancel'],
    ['retry', "receive body don't equal with body bytes, body bytes: 10, receive bytes: 5"],
    ['retry', 'Cancelled'],
    ['retry', 'a message that nobody has ever seen'],
    ['rejected', 'too many filtered rows'],
    ['rejected', 'all partitions have no load data'],
    ['rejected', 'primary key size exceed the limit.'],
    ['rejected', 'CSV line length exceed limit 1048576, table: members'],
    ['rejected', 'illegal json started with [x]'],
    ['rejected', 'Failed to parse json as document stream. error: TAPE_ERROR'],
    ['rejected', 'Failed to parse json as array. error: TAPE_ERROR'],
    [
      'rejected',
      'Failed to parse json as array. error: INCORRECT_TYPE, row: {"text":"an invalid user does not exist"}',
    ],
    ['rejected', 'Failed to iterate document stream as object. error: INCORRECT_TYPE'],
    ['rejected', 'Failed to iterate json array as object. error: INCORRECT_TYPE'],
    ['rejected', 'Unrecognized json format, error: TAPE_ERROR'],
    [
      'rejected',
      'The value is array type in json document stream, you can set strip_outer_array=true to parse each element of the array as individual rows',
    ],
    ['rejected', 'The value should be object type in json document stream'],
    ['rejected', 'the value should be array type with strip_outer_array=true, value: {"text":"invalid user"}'],
    ['rejected', "This parser can't support a document that big."],
    ['rejected', 'CSV line length exceed limit 1048576'],
    [
      'rejected',
      'body size 200 exceed limit: 100, You can increase the limit by setting streaming_load_max_mb in be.conf.',
    ],
    [
      'rejected',
      'The size of this batch exceed the max size [104857600]  of json type data  data [ 104857700 ]. Set ignore_json_size to skip the check, although it may lead huge memory consuming.',
    ],
    ['rejected', 'payload size [4294967297] of single write beyond the JSON payload limit [4294967296]'],
  ])('takes for %s: %s', (verdict, message) => {
    expect(readLoadAnswer(200, failure(message))).toMatchObject({ verdict, message });
  });

  it('keeps where the log of rejected rows is', () => {
    const url = 'http://10.0.0.1:8040/api/_load_error_log?file=error_log_1_2';
    const body = failure('too many filtered rows', { ErrorURL: url, NumberTotalRows: 3, NumberFilteredRows: 3 });
    expect(readLoadAnswer(200, body)).toEqual({
      verdict: 'rejected',
      message: 'too many filtered rows',
      errorUrl: url,
      rows: { total: 3, loaded: 0, filtered: 3, unselected: 0 },
    });
  });

  describe('reads every shape', () => {
    it.each<[string, number, string, LoadVerdict, string]>([
      [
        'an FE without Expect',
        200,
        '{\n  "Status": "FAILED",\n  "Message": "class com.starrocks.common.DdlException: There is no 100-continue header"\n}',
        'refused',
        'class com.starrocks.common.DdlException: There is no 100-continue header',
      ],
      [
        'an FE in lower case',
        200,
        '{"status":"FAILED","code":"1","msg":"unknown database, database=x","message":"unknown database, database=x"}',
        'refused',
        'unknown database, database=x',
      ],
      [
        'an FE that has only msg',
        200,
        '{"status":"FAILED","msg":"current fe is not master"}',
        'retry',
        'current fe is not master',
      ],
      ['success in lower case, which nobody says', 200, '{"status":"OK","msg":"Success"}', 'retry', 'Success'],
      [
        "a transaction's OK, which is no load",
        200,
        '{"Status":"OK","Message":""}',
        'retry',
        '{"Status":"OK","Message":""}',
      ],
      [
        "a transaction's failure",
        200,
        '{"Status":"ANALYSIS_ERROR","Message":"Access denied for root"}',
        'refused',
        'Access denied for root',
      ],
      [
        "a transaction's label",
        200,
        '{"Status":"LABEL_ALREADY_EXISTS","Message":"Label [x] has already been used.","ExistingJobStatus":"RUNNING"}',
        'running',
        'Label [x] has already been used.',
      ],
      [
        'wrong credentials',
        401,
        '{"status":"FAILED","code":"1","msg":"Access denied for root@10.0.0.1"}',
        'refused',
        'Access denied for root@10.0.0.1',
      ],
      ['wrong credentials without a word', 401, '', 'refused', 'HTTP 401 with an empty body'],
      ['a forbidding proxy', 403, '<html>Forbidden</html>', 'refused', '<html>Forbidden</html>'],
      ['an empty body', 200, '', 'retry', 'HTTP 200 with an empty body'],
      ['white space', 200, ' \n', 'retry', 'HTTP 200 with an empty body'],
      [
        'HTML',
        200,
        '<html><body>Welcome to nginx</body></html>',
        'retry',
        '<html><body>Welcome to nginx</body></html>',
      ],
      ['a server error', 500, '{"status":"FAILED","msg":"NullPointerException"}', 'retry', 'NullPointerException'],
      ['a success that comes with an error', 500, '{"Status":"Success","Message":"OK"}', 'retry', 'OK'],
      ['a proxy that has no server', 503, 'no healthy upstream', 'retry', 'no healthy upstream'],
      ['a page that is not there', 404, 'Not Found', 'retry', 'Not Found'],
      ['a redirect that was not followed', 302, '', 'retry', 'HTTP 302 with an empty body'],
      ['a status that nobody knows', 200, '{"Status":"Perhaps","Message":"who knows"}', 'retry', 'who knows'],
      ['success in other letters', 200, '{"Status":"SUCCESS","Message":"OK"}', 'retry', 'OK'],
      ['a status that is no text', 200, '{"Status":true,"Message":"OK"}', 'retry', 'OK'],
      ['half an answer', 200, '{"Status":"Success","Mess', 'retry', '{"Status":"Success","Mess'],
      ['JSON that is no object', 200, '"Success"', 'retry', '"Success"'],
      ['a list', 200, '[{"Status":"Success"}]', 'retry', '[{"Status":"Success"}]'],
      ['null', 200, 'null', 'retry', 'null'],
    ])('%s', (_, status, body, verdict, message) => {
      expect(readLoadAnswer(status, body)).toMatchObject({ verdict, message });
    });

    it('cuts a long page short', () => {
      expect(readLoadAnswer(502, 'x'.repeat(10_000)).message).toHaveLength(500);
    });
  });
});
