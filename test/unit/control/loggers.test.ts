import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Loggers } from '../../../src/control/loggers.ts';

function create(): { loggers: Loggers; lines: string[] } {
  const lines: string[] = [];
  const root = pino({ level: 'info', base: null }, { write: (line) => void lines.push(line) });
  return { loggers: new Loggers(root), lines };
}

describe('the loggers', () => {
  it('write at the level of what they are called after, and change it while they run', () => {
    const { loggers, lines } = create();
    const orders = loggers.get('tributary.connector.orders', { connector: 'orders' });
    const others = loggers.get('tributary.connector.others');
    orders.debug({}, 'not yet');
    expect(loggers.setLevel('tributary.connector.orders', 'DEBUG')).toEqual(['tributary.connector.orders']);
    orders.debug({}, 'now');
    others.debug({}, 'not this one');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string; connector: string }).msg)).toEqual(['now']);
    expect(lines[0]).toContain('"connector":"orders"');
  });

  it('take a level for all names below one, also of those that come later', () => {
    const { loggers } = create();
    loggers.get('tributary.rest');
    loggers.get('tributary.connector.a');
    expect(loggers.setLevel('tributary.connector', 'ERROR')).toEqual(['tributary.connector', 'tributary.connector.a']);
    loggers.get('tributary.connector.b');
    expect(loggers.level('tributary.connector.b')?.level).toBe('ERROR');
    expect(loggers.level('tributary.rest')?.level).toBe('INFO');
    expect(loggers.setLevel('root', 'OFF')).toContain('tributary.rest');
  });

  it('tell whoever looks after a connector whether it writes debug lines, until that is ended', () => {
    const { loggers } = create();
    loggers.ofConnector('orders');
    const debug = loggers.debugOfConnector('orders');
    const seen: boolean[] = [];
    const end = debug.onChange(() => seen.push(debug.isOn()));
    loggers.setLevel('tributary.connector', 'DEBUG');
    loggers.setLevel('tributary.connector.orders', 'WARN');
    end();
    loggers.setLevel('root', 'DEBUG');
    expect([seen, debug.isOn()]).toEqual([[true, false], true]);
  });

  it('tell when they were changed', () => {
    const { loggers } = create();
    loggers.get('a');
    expect(loggers.all()).toEqual({
      a: { level: 'INFO', last_modified: null },
      root: { level: 'INFO', last_modified: null },
    });
    const before = Date.now();
    loggers.setLevel('a', 'TRACE');
    expect(loggers.level('a')?.level).toBe('TRACE');
    expect(loggers.level('a')?.last_modified).toBeGreaterThanOrEqual(before);
    expect(loggers.level('b')).toBeUndefined();
    expect(loggers.setLevel('a', 'TRACE')).toEqual([]);
  });
});
