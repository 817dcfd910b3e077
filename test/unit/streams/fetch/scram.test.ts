import { describe, expect, it } from 'vitest';
import { authenticateWithScram } from '../../../../src/streams/kafka/fetch/scram.ts';

/** The example of RFC 7677. */
const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const EXAMPLE = { hash: 'sha256', username: 'user', password: 'pencil', nonce: NONCE } as const;
const CLIENT_FIRST = `n,,n=user,r=${NONCE}`;
const SERVER_FIRST = `r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const CLIENT_FINAL = `c=biws,r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;
const SERVER_FINAL = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

function server(...answers: string[]): { sent: string[]; send: (message: string) => Promise<string> } {
  const sent: string[] = [];
  return {
    sent,
    send(message) {
      sent.push(message);
      return Promise.resolve(answers.shift() ?? '');
    },
  };
}

describe('authenticateWithScram', () => {
  it('says what the example of RFC 7677 says', async () => {
    const { sent, send } = server(SERVER_FIRST, SERVER_FINAL);
    await authenticateWithScram(EXAMPLE, send);
    expect(sent).toEqual([CLIENT_FIRST, CLIENT_FINAL]);
  });

  it('writes commas and equals signs of a name as they must be', async () => {
    const { sent, send } = server(SERVER_FIRST, SERVER_FINAL);
    await authenticateWithScram({ ...EXAMPLE, username: 'a,b=c' }, send).catch(() => undefined);
    expect(sent[0]).toBe(`n,,n=a=2Cb=3Dc,r=${NONCE}`);
  });

  it('does not trust a server that does not know the password', async () => {
    const { send } = server(SERVER_FIRST, 'v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
    await expect(authenticateWithScram(EXAMPLE, send)).rejects.toThrow(
      'The broker does not know the password that it let us in with: it may be somebody else.',
    );
  });

  it.each([
    ['a nonce of somebody else', 'r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'],
    ['our own nonce alone', `r=${NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`],
    ['no salt', `r=${NONCE}x,i=4096`],
    ['no count', `r=${NONCE}x,s=W22ZaJ0SNY7soEsUEjb6gQ==`],
    ['a count that would keep us busy', `r=${NONCE}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000`],
    ['nothing', ''],
  ])('refuses a server that answers with %s', async (_, serverFirst) => {
    const { sent, send } = server(serverFirst);
    await expect(authenticateWithScram(EXAMPLE, send)).rejects.toThrow('The broker does not follow SCRAM');
    expect(sent).toHaveLength(1);
  });
});
