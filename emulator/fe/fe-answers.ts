import { type ServerResponse } from 'node:http';
import { answerJson } from '../http/answers.ts';

/** RestBaseResult: what most FE endpoints answer with. */
export function restResult(message: string | undefined, fields: object = {}): object {
  return message === undefined
    ? { ...fields, status: 'OK', code: '0', msg: 'Success', message: 'OK' }
    : { ...fields, status: 'FAILED', code: '1', msg: message, message };
}

/** TransactionResult: what `_stream_load` and the transaction operations answer with when FE itself refuses. */
export function transactionResult(
  response: ServerResponse,
  status: string,
  message: string,
  fields: object = {},
): void {
  // The unread body would be taken for the next request.
  answerJson(response, { Status: status, Message: message, ...fields }, { indent: 2, close: true });
}

export function ddlException(message: string): string {
  return `class com.starrocks.common.DdlException: ${message}`;
}

export function userException(message: string): string {
  return `class com.starrocks.common.StarRocksException: ${message}`;
}
