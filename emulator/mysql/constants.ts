import { type ResultType } from '../sql/result.ts';

/** Codes of the MySQL client/server protocol, version 10. */
export const COMMAND = {
  quit: 0x01,
  initDb: 0x02,
  query: 0x03,
  fieldList: 0x04,
  statistics: 0x09,
  ping: 0x0e,
  prepare: 0x16,
  execute: 0x17,
  closeStatement: 0x19,
  resetStatement: 0x1a,
  setOption: 0x1b,
  resetConnection: 0x1f,
} as const;

export const CAPABILITY = {
  longPassword: 0x1,
  foundRows: 0x2,
  longFlag: 0x4,
  connectWithDb: 0x8,
  ignoreSpace: 0x100,
  protocol41: 0x200,
  transactions: 0x2000,
  secureConnection: 0x8000,
  multiStatements: 0x1_0000,
  multiResults: 0x2_0000,
  pluginAuth: 0x8_0000,
  lengthEncodedAuth: 0x20_0000,
} as const;

export const SERVER_CAPABILITIES = Object.values(CAPABILITY).reduce((all, flag) => all | flag, 0);

export const STATUS_AUTOCOMMIT = 0x2;
export const STATUS_MORE_RESULTS = 0x8;
export const UTF8 = 33;
export const BINARY = 63;

export const TYPE: Record<ResultType, number> = {
  TINY: 1,
  SHORT: 2,
  LONG: 3,
  FLOAT: 4,
  DOUBLE: 5,
  LONGLONG: 8,
  DATE: 10,
  DATETIME: 12,
  NEWDECIMAL: 246,
  BLOB: 252,
  VAR_STRING: 253,
};
