/** A statement's failure as the MySQL protocol reports it. */
export class SqlError extends Error {
  readonly code: number;
  readonly sqlState: string;

  constructor(code: number, sqlState: string, message: string) {
    super(message);
    this.name = 'SqlError';
    this.code = code;
    this.sqlState = sqlState;
  }
}

/** What StarRocks can do and this emulator cannot: said by name, so that nobody takes silence for support. */
export function notEmulated(what: string): SqlError {
  return new SqlError(1235, '42000', `${what} is not emulated`);
}

export function syntaxError(message: string): SqlError {
  return new SqlError(1064, '42000', `Getting syntax error. Detail message: ${message}.`);
}
