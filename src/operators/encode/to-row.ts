import { type ConnectValue } from '../../core/connect-data.ts';

/** Turns a value of one schema into what is written as JSON. */
export type ToRow = (value: ConnectValue) => unknown;
