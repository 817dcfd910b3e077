import { type Route } from '../http/find-route.ts';
import { handleCancel } from './cancel.ts';
import { type FeHandler } from './handler.ts';
import { handleHealth } from './health.ts';
import { handleHttpSql } from './http-sql.ts';
import { handleLoadState } from './load-state.ts';
import { handleStreamLoad } from './stream-load.ts';
import { handleStreamLoadMeta } from './stream-load-meta.ts';
import { handleTransaction } from './transaction.ts';

/** What a frontend answers. */
export const ROUTES: readonly Route<FeHandler>[] = [
  { methods: ['PUT'], pattern: /^\/api\/([^/]*)\/([^/]*)\/_stream_load$/, handle: handleStreamLoad },
  { methods: ['GET'], pattern: /^\/api\/([^/]+)\/get_load_state$/, handle: handleLoadState },
  { methods: ['POST', 'PUT'], pattern: /^\/api\/transaction\/([^/]+)$/, handle: handleTransaction },
  { methods: ['POST'], pattern: /^\/api\/([^/]+)\/([^/]+)\/_cancel$/, handle: handleCancel },
  { methods: ['GET'], pattern: /^\/api\/([^/]+)\/([^/]+)\/_stream_load_meta$/, handle: handleStreamLoadMeta },
  { methods: ['POST'], pattern: /^\/api\/v1\/catalogs\/([^/]+)\/databases\/([^/]+)\/sql$/, handle: handleHttpSql },
  { methods: ['POST'], pattern: /^\/api\/v1\/catalogs\/([^/]+)\/sql$/, handle: handleHttpSql },
  { methods: ['GET'], pattern: /^\/api\/health$/, handle: handleHealth },
];
