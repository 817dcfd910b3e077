import { describe, expect, it } from 'vitest';
import { HELP, readCommand } from '../../../src/control/command-line.ts';

describe('readCommand', () => {
  it.each([
    [['a.properties', 'b.properties'], { action: 'run', files: ['a.properties', 'b.properties'], logLevel: 'info' }],
    [['--check', 'a.yaml'], { action: 'check', files: ['a.yaml'], logLevel: 'info' }],
    [['a.yaml', '--log-level', 'debug'], { action: 'run', files: ['a.yaml'], logLevel: 'debug' }],
    [['--log-level=error', 'a.yaml'], { action: 'run', files: ['a.yaml'], logLevel: 'error' }],
    [['--help'], { action: 'help', files: [], logLevel: 'info' }],
    [['-h', 'a.yaml', '--check'], { action: 'help', files: ['a.yaml'], logLevel: 'info' }],
    [['--version'], { action: 'version', files: [], logLevel: 'info' }],
    [['-v'], { action: 'version', files: [], logLevel: 'info' }],
    [['--', '--odd-name.yaml'], { action: 'run', files: ['--odd-name.yaml'], logLevel: 'info' }],
    [['resolve', 'a.yaml'], { action: 'resolve', files: ['a.yaml'], logLevel: 'info', answers: undefined }],
    [
      ['resolve', 'a.yaml', '--loaded', 'orders/0', '--loaded=orders/12', '--not-loaded', 'all', '--force'],
      {
        action: 'resolve',
        files: ['a.yaml'],
        logLevel: 'info',
        answers: { loaded: ['orders/0', 'orders/12'], notLoaded: ['all'], force: true },
      },
    ],
    [
      ['preview', 'a.yaml'],
      {
        action: 'preview',
        files: ['a.yaml'],
        logLevel: 'info',
        request: { records: 20, from: 'committed', waitMs: 10_000 },
        json: false,
      },
    ],
    [
      ['preview', 'w', 'c', '--records', '5', '--from=latest', '--wait', '2', '--json'],
      {
        action: 'preview',
        files: ['w', 'c'],
        logLevel: 'info',
        request: { records: 5, from: 'latest', waitMs: 2_000 },
        json: true,
      },
    ],
    [['test', 'a.test.yaml', 'b.json'], { action: 'test', files: ['a.test.yaml', 'b.json'], logLevel: 'info' }],
    [['./test'], { action: 'run', files: ['./test'], logLevel: 'info' }],
    [['./resolve'], { action: 'run', files: ['./resolve'], logLevel: 'info' }],
  ])('reads %j', (args, command) => {
    expect(readCommand(args)).toEqual(command);
  });

  it.each([
    [[], 'No configuration file is given. Name a pipeline file, or a worker and a connector file.'],
    [['--check'], 'No configuration file is given. Name a pipeline file, or a worker and a connector file.'],
    [['a.yaml', '--log-level', 'loud'], '--log-level takes debug, info, warn, error, and got "loud".'],
    [['resolve'], 'No configuration file is given. Name a pipeline file, or a worker and a connector file.'],
    [['resolve', 'a.yaml', '--check'], 'resolve and --check are two commands. Give one of them.'],
    [
      ['resolve', 'a.yaml', '--loaded', 'orders'],
      '--loaded and --not-loaded take TOPIC/PARTITION or all, and got "orders".',
    ],
    [['resolve', 'a.yaml', '--force'], '--force needs --loaded or --not-loaded: what is to be settled, and how.'],
    [['preview'], 'No configuration file is given. Name a pipeline file, or a worker and a connector file.'],
    [['test'], 'No file of cases is given. Name one, such as examples/pipeline.test.yaml.'],
    [['preview', 'a.yaml', '--check'], 'preview and --check are two commands. Give one of them.'],
    [['preview', 'a.yaml', '--records', '0'], '--records takes a whole number from 1 to 10000, and got "0".'],
    [['preview', 'a.yaml', '--wait', '1.5'], '--wait takes a whole number from 1 to 3600, and got "1.5".'],
    [['preview', 'a.yaml', '--from', 'end'], '--from takes committed, earliest, latest, and got "end".'],
    [['a.yaml', '--records', '5'], '--records belongs to the command preview.'],
    [['test', 'a.yaml', '--json'], '--json belongs to the command preview.'],
    [['preview', 'a.yaml', '--force'], '--force belongs to the command resolve.'],
    [['a.yaml', '--loaded', 'orders/0'], '--loaded belongs to the command resolve.'],
    [['a.yaml', '--not-loaded', 'all'], '--not-loaded belongs to the command resolve.'],
    [['--chek', 'a.yaml'], /Unknown option '--chek'/],
    [['a.yaml', '--log-level'], /argument missing/],
    [['--check=yes', 'a.yaml'], /does not take an argument/],
  ])('refuses %j with a sentence', (args, message) => {
    expect(() => readCommand(args)).toThrow(message);
  });

  it('has a help that names every option and fits a terminal', () => {
    const options = ['--check', '--records', '--from', '--wait', '--json', '--loaded', '--not-loaded', '--force'];
    for (const option of [...options, '--log-level', '--version', '--help']) expect(HELP).toContain(option);
    expect(Math.max(...HELP.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
  });
});
