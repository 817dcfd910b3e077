import { type CaseResult, type Difference } from '../run-cases.ts';
import { type Paint } from './paint.ts';

/** How cases ended: a tick or a cross for each, with what differs. */
export function caseReport(file: string, results: readonly CaseResult[], paint: Paint): string {
  const failed = results.filter(({ differences }) => differences.length > 0).length;
  return [
    paint('title', file),
    ...results.flatMap(({ name, differences }) =>
      differences.length === 0
        ? [`  ${paint('good', '✓')} ${name}`]
        : [
            `  ${paint('bad', '✗')} ${name}`,
            ...differences.flatMap((difference) => differenceLines(difference, paint)),
          ],
    ),
    paint(failed === 0 ? 'good' : 'bad', `  ${results.length - failed} of ${results.length} cases pass`),
    '',
  ].join('\n');
}

function differenceLines({ what, expected, actual, fields }: Difference, paint: Paint): string[] {
  if (expected === undefined) return [`      ${what} is not expected`, `        ${paint('bad', actual ?? '')}`];
  if (actual === undefined) return [`      ${what} is missing`, `        ${paint('good', expected)}`];
  if (!fields) return [`      ${what}`, ...pair(expected, actual, paint)];
  return [
    `      ${what}`,
    ...fields.flatMap((field) => [
      `        ${field.name}`,
      ...pair(field.expected ?? 'no such field', field.actual ?? 'no such field', paint).map((line) => `  ${line}`),
    ]),
  ];
}

function pair(expected: string, actual: string, paint: Paint): string[] {
  return [`        ${paint('good', `expected  ${expected}`)}`, `        ${paint('bad', `got       ${actual}`)}`];
}
