/** The field of a row that says what StarRocks does with it: 0 to insert or update, 1 to delete. */
export const OP_FIELD = '__op';

export const UPSERT = 0;
export const DELETE = 1;
