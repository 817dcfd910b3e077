import { isDeepStrictEqual } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import {
  comparable,
  isRefusedAlike,
  runTransforms,
  type TransformOutcome,
  type TransformVector,
  transformCases,
} from '../../../support/transform-vectors.ts';

/** Where the transforms differ from Kafka's, also with compatibility `java`. */
const DIFFERENCES: readonly (readonly [ids: RegExp, reason: string])[] = [
  [
    /^cast spec (a:foo|foo|a:b:c)$|^tsconv format (q|XXXX|yyyy-MM-dd'T)$/,
    "the sentence says which value of which key is wrong; Kafka's has them mixed up",
  ],
  [/^insert static without value$/, 'the sentence lacks the name of a Java object'],
  [/^regex [(] y$|^pred bad$/, "what is wrong with a regular expression is said in JavaScript's words"],
  [/^regex (a\*\+|\[a-z&&\[\^b\]\]\+) y$/, 'a regular expression that only Java understands is refused'],
  [
    /^regex \.\* (\$|\$9|\$\{n\}|\\)$|^tsrouter \{"timestamp.format": "q"\}$/,
    'what is wrong in any case is said at the start, not with the first record',
  ],
  [/^headerfrom (move|copy) missing (key )?struct$|^tsconv parse no format$/, 'a NullPointerException is a sentence'],
  [/^tsconv format [GYw]$/, 'letters of SimpleDateFormat that nobody uses are refused'],
  [/^tsconv parse before 1582$/, 'days before 1582-10-15 are of the same calendar'],
  [/^tsconv far$/, 'a moment millions of years away is refused'],
  [/^cast whole date /, 'what is cast to another type loses the name of the date that it was'],
];

/** Where they differ besides unless `java` is asked for. */
const EXACT_DIFFERENCES: readonly (readonly [ids: RegExp, reason: string])[] = [
  [/^cast dates /, 'the text of a date, a time or a moment goes by its type: a moment of 1969 keeps its date'],
  [/^flatten (delimiter .* ?)?(key )?struct$/, 'Flatten cannot be told to replace nulls by defaults, and so does not'],
];

const cases = transformCases('transforms.in.jsonl', 'transforms.kafka-4.1.0.jsonl');

/** With the nulls that Kafka's transforms replace unless told otherwise, and these only when told to. */
function replacingNulls(vector: TransformVector): TransformVector {
  const types = Object.entries(vector.config).filter(
    ([key, type]) => /^transforms\.t\d+\.type$/.test(key) && HAS_OPTION.test(type),
  );
  const added = types.map(([key]): [string, string] => [key.replace(/type$/, 'replace.null.with.default'), 'true']);
  return { ...vector, config: { ...Object.fromEntries(added), ...vector.config } };
}

function differs(id: string, differences: typeof DIFFERENCES): boolean {
  return differences.some(([ids]) => ids.test(id));
}

function isAlike(vector: TransformVector, actual: TransformOutcome, expected: TransformOutcome): boolean {
  const same = isDeepStrictEqual(comparable(vector, actual), comparable(vector, expected));
  return same && isRefusedAlike(actual, expected);
}

const HAS_OPTION =
  /\.(Cast|ExtractField|HeaderFrom|InsertField|MaskField|ReplaceField|SetSchemaMetadata|TimestampConverter|ValueToKey)(\$|$)/;

describe("the transforms beside those of Kafka's connect-transforms 4.1.0", () => {
  const counts = { equal: 0, different: 0, equalInExact: 0, differentInExact: 0 };

  it.each(cases)('$id: the same with compatibility java, or a difference that is meant', ({ id, vector, expected }) => {
    const actual = runTransforms(vector, 'java');
    if (differs(id, DIFFERENCES)) {
      expect(isAlike(vector, actual, expected)).toBe(false);
      counts.different++;
    } else {
      expect(comparable(vector, actual)).toEqual(comparable(vector, expected));
      expect(isRefusedAlike(actual, expected)).toBe(true);
      counts.equal++;
    }
  });

  it.each(cases)('$id: the same, or a difference that is meant', ({ id, vector, expected }) => {
    const actual = runTransforms(replacingNulls(vector), 'exact');
    if (differs(id, [...DIFFERENCES, ...EXACT_DIFFERENCES])) {
      expect(isAlike(vector, actual, expected)).toBe(false);
      counts.differentInExact++;
    } else {
      expect(comparable(vector, actual)).toEqual(comparable(vector, expected));
      expect(isRefusedAlike(actual, expected)).toBe(true);
      counts.equalInExact++;
    }
  });

  afterAll(() => {
    const { equal, different, equalInExact, differentInExact } = counts;
    process.stdout.write(
      `Kafka 4.1.0 transforms: of ${cases.length} vectors ${equal} equal and ${different} meant differences with compatibility java, ${equalInExact} and ${differentInExact} without.\n`,
    );
  });
});
