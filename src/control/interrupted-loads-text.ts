import { type OffsetChange } from '../streams/group-offsets.ts';
import { type InterruptedPartition } from '../streams/load-resolver.ts';

/** What a person has to know of a pipeline's interrupted loads, and can do about them. */
export function describeInterrupted(
  { name, kafka }: { readonly name: string; readonly kafka: { readonly groupId: string } },
  members: number,
  partitions: readonly InterruptedPartition[],
): string {
  const lines = [`${name} (group ${kafka.groupId}): ${countOf(partitions.length)}`];
  if (members > 0) {
    lines.push(
      `${members} ${members === 1 ? 'process is' : 'processes are'} in the group: loads that are under way are listed as well.`,
    );
  }
  for (const partition of partitions) lines.push('', ...describePartition(partition));
  const unclear = partitions.find(({ prospect }) => prospect?.kind === 'unclear');
  if (unclear) lines.push('', ...cure(nameOf(unclear)));
  if (partitions.some(isUnclearInSeveral)) {
    lines.push(
      '',
      'A load into several tables can be in some of them alone. Then --loaded leaves its rows out of the others, and --not-loaded',
      'writes them again into those that have them: in Primary Key tables that changes nothing.',
    );
  }
  return `${lines.join('\n')}\n`;
}

function isUnclearInSeveral({ prospect, transactions }: InterruptedPartition): boolean {
  return prospect?.kind === 'unclear' && transactions.length > 1;
}

/** What was settled. */
export function describeSettled(changes: readonly OffsetChange[]): string {
  if (changes.length === 0) return 'No partition is unclear. Nothing was changed.\n';
  return changes
    .map(
      ({ from: { topic, partition }, offset }) =>
        `${topic}/${partition}: the next start goes on at offset ${offset}.\n`,
    )
    .join('');
}

function countOf(partitions: number): string {
  if (partitions === 0) return 'no partition has an interrupted load.';
  return `${partitions} ${partitions === 1 ? 'partition has' : 'partitions have'} an interrupted load.`;
}

function describePartition(partition: InterruptedPartition): string[] {
  const { committed, decision, transactions, prospect } = partition;
  const next = `  next start    ${nextStart(partition)}`;
  const title = `${nameOf(partition)}${prospect?.kind === 'unclear' ? ': UNCLEAR' : ''}`;
  const offset = `  committed     offset ${committed.offset ?? 0}`;
  if (!decision) return [title, offset, next];
  return [
    title,
    `${offset}; behind the load: offset ${decision.nextOffset}`,
    `  load          ${decision.label}, ${decision.state} ${new Date(decision.time).toISOString()}`,
    ...transactions.flatMap(({ database, table, state }) => [
      `  table         ${database}.${table}`,
      `  in StarRocks  ${state ?? 'not told'}${state === 'UNKNOWN' ? ' (never begun, or forgotten)' : ''}`,
    ]),
    ...(decision.deadLetterEnds ? ['  dead letters  it has some: loaded again, it may write them again'] : []),
    next,
  ];
}

function nextStart({ committed, decision, prospect }: InterruptedPartition): string {
  const behind = `go on at offset ${decision?.nextOffset ?? 0}`;
  const again = `load from offset ${committed.offset ?? 0} on`;
  switch (prospect?.kind) {
    case 'loaded':
      return `will ${behind}: the rows are in the table`;
    case 'repeat':
      return `will ${again}: the load never counted`;
    case 'commit':
      return `will commit the load and ${behind}`;
    case 'roll back':
      return `will roll the load back and ${again}`;
    case 'unclear':
      return `will leave the partition closed: ${prospect.reason}`;
    case undefined:
      return 'depends on what StarRocks has of the load';
  }
}

function cure(example: string): string[] {
  return [
    "What is unclear needs you. Look whether the load's rows are in the table: they all are, or none is.",
    'Stop every process of the pipeline, and say for each such partition (or for all, if all are alike):',
    `  node dist/main.js resolve FILE... --loaded ${example}       they are: go on behind the load`,
    `  node dist/main.js resolve FILE... --not-loaded ${example}   they are not: load them`,
  ];
}

function nameOf({ committed: { topic, partition } }: InterruptedPartition): string {
  return `${topic}/${partition}`;
}
