/**
 * A small server that speaks enough of ClickHouse's HTTP protocol for @clickhouse/client, in front of the embedded
 * engine: statements in the body or in `?query=`, rows for `input()` in the body, settings and the database in the
 * URL, errors with X-ClickHouse-Exception-Code. Run: node clickhouse-server.mjs FOLDER PORT. Prints the port.
 */
import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, port] = process.argv.slice(2);
const require = createRequire(new URL("../../packages/server/package.json", import.meta.url));
const { Session } = require("chdb");

/** Parameters of the URL that are not settings. */
const NO_SETTINGS =
  /^(?:query|query_id|database|session_id|role|default_format|param_.*|enable_http_compression)$/;
/** A few sessions per database; a statement takes the one that waits longest. */
const sessions = new Map();

async function sessionFor(database) {
  let pool = sessions.get(database);
  if (pool === undefined) {
    pool = [];
    sessions.set(database, pool);
    for (let i = 0; i < 2; i++) {
      const session = new Session(join(folder, "engine"));
      await session.queryAsync(`USE ${database}`);
      await session.queryAsync("SET max_query_size = 268435456");
      pool.push(session);
    }
  }
  pool.push(pool.shift());
  return pool[0];
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Settings that came in the URL, as a clause. */
function settingsClause(url) {
  const settings = [...url.searchParams].filter(([name]) => !NO_SETTINGS.test(name));
  if (settings.length === 0) return "";
  return ` SETTINGS ${settings.map(([name, value]) => `${name} = '${value.replace(/[\\']/g, "\\$&")}'`).join(", ")}`;
}

async function execute(url, body) {
  const inUrl = url.searchParams.get("query");
  const session = await sessionFor(url.searchParams.get("database") ?? "default");
  if (inUrl === null) return session.queryAsync(body.toString());
  const rows = join(folder, `body-${randomUUID()}`);
  writeFileSync(rows, body);
  try {
    const statement = inUrl
      .replace(/\bFORMAT\s+RowBinary\s*$/, "")
      .replace(/\binput\(/, `file('${rows}', 'RowBinary', `);
    return await session.queryAsync(statement + settingsClause(url));
  } finally {
    rmSync(rows);
  }
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  if (url.pathname === "/ping") {
    response.end("Ok.\n");
    return;
  }
  response.setHeader("X-ClickHouse-Query-Id", url.searchParams.get("query_id") ?? randomUUID());
  try {
    const result = await execute(url, await bodyOf(request));
    response.setHeader("X-ClickHouse-Summary", JSON.stringify({ read_rows: String(result.rowsRead) }));
    response.end(result.bytes());
  } catch (error) {
    const code = /Code: (\d+)/.exec(error.message)?.[1] ?? "1002";
    response.setHeader("X-ClickHouse-Exception-Code", code);
    response.statusCode = 500;
    const text = error.message.startsWith("Code:")
      ? error.message
      : `Code: ${code}. DB::Exception: ${error.message}`;
    response.end(text);
  }
});

server.listen(Number(port), "127.0.0.1", () => console.log(server.address().port));
