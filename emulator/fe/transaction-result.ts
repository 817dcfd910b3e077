import { type ServerResponse } from 'node:http';
import { answerJson } from '../http/answers.ts';

/** TransactionResult: what `_stream_load` and the transaction operations answer with when FE itself refuses or acts. */
export function answerTransaction(
  response: ServerResponse,
  status: string,
  message: string,
  fields: object = {},
): void {
  // The unread body would be taken for the next request.
  answerJson(response, { Status: status, Message: message, ...fields }, { indent: 2, close: true });
}

/** FE prints the Java exception as it is. */
export class JavaExceptionError extends Error {
  constructor(javaClass: 'DdlException' | 'StarRocksException' | 'java.lang.NumberFormatException', message: string) {
    super(`class ${javaClass.includes('.') ? javaClass : `com.starrocks.common.${javaClass}`}: ${message}`);
    this.name = 'JavaExceptionError';
  }
}
