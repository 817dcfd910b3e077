import { type SqlContext } from '../context.ts';
import { parseTableName } from '../create-table.ts';
import { type RowsResult, textRows } from '../result.ts';
import { type TokenReader } from '../token-reader.ts';
import { filtered } from './filtered.ts';
import { resolveTable } from './tables.ts';

/** Only the session that asks is listed. */
export function showProcessList({ id, user, database }: SqlContext): RowsResult {
  const names = ['Id', 'User', 'Host', 'Db', 'Command', 'Time', 'State', 'Info'];
  return textRows(names, [[String(id), user, '127.0.0.1', database ?? '', 'Query', '0', 'OK', 'SHOW PROCESSLIST']]);
}

export function showGrants({ cluster, user }: SqlContext, reader: TokenReader): RowsResult {
  const name = reader.accept('FOR') ? reader.next().text : user;
  const rows = cluster.users.insertGrants(name).map((target) => {
    const grant = `GRANT INSERT ON TABLE ${target} TO USER '${name}'@'%'`;
    return [`'${name}'@'%'`, 'default_catalog', grant];
  });
  return textRows(['UserIdentity', 'Catalog', 'Grants'], rows);
}

export function showFrontends({ cluster }: SqlContext): RowsResult {
  const names = ['Name', 'IP', 'HttpPort', 'QueryPort', 'Role', 'Alive', 'Version'];
  const rows = cluster.frontends.map(({ host, httpPort, queryPort, leader }, index) => {
    const role = leader ? 'LEADER' : 'FOLLOWER';
    return [`fe_${index + 1}`, host, String(httpPort), String(queryPort), role, 'true', cluster.versionText];
  });
  return textRows(names, rows);
}

/** Rows of a partitioned table all live in one partition here. */
export function showPartitions(context: SqlContext, reader: TokenReader): Promise<RowsResult> {
  reader.accept('FROM');
  const table = resolveTable(context, parseTableName(reader));
  const key = table.partitionBy ?? '';
  const names = ['PartitionId', 'PartitionName', 'State', 'PartitionKey', 'DistributionKey', 'Buckets'];
  const row = [
    String(table.id + 1),
    table.name,
    'NORMAL',
    key,
    table.distributeKeys.join(', '),
    String(table.buckets ?? 1),
  ];
  return filtered(context, reader, names, [row]);
}
