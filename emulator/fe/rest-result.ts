/** RestBaseResult: what most FE endpoints answer with. */
export function restResult(message: string | undefined, fields: object = {}): object {
  return message === undefined
    ? { ...fields, status: 'OK', code: '0', msg: 'Success', message: 'OK' }
    : { ...fields, status: 'FAILED', code: '1', msg: message, message };
}
