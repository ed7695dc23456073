import { FlambeauError } from "@flambeau/core";
import type { Command } from "commander";

/** Options of every command that asks a server. */
export interface ServerValues {
  readonly server: string;
  readonly tenant?: string;
}

export function addServerOptions(command: Command): Command {
  return command
    .option("--server <url>", "the server's address", process.env.FLAMBEAU_SERVER ?? "http://127.0.0.1:4040")
    .option("--tenant <name>", "whose profiles (default: the token's tenant)")
    .addHelpText(
      "after",
      "\nThe environment may hold FLAMBEAU_SERVER, and the server's token in FLAMBEAU_TOKEN.",
    );
}

/** A request to the server. */
export interface ServerRequest {
  readonly path: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Sends a request; what the server refuses becomes an error in its own words. */
export async function ask(
  values: ServerValues,
  { path, contentType, body }: ServerRequest,
): Promise<Uint8Array> {
  const headers: Record<string, string> = { "content-type": contentType };
  if (values.tenant !== undefined) headers["x-scope-orgid"] = values.tenant;
  if (process.env.FLAMBEAU_TOKEN) headers.authorization = `Bearer ${process.env.FLAMBEAU_TOKEN}`;
  const address = values.server.replace(/\/+$/, "");
  let response: Response;
  try {
    response = await fetch(address + path, {
      method: "POST",
      headers,
      body: body as Uint8Array<ArrayBuffer>,
    });
  } catch (cause) {
    throw unreachable(address, cause);
  }
  const answer = new Uint8Array(await response.arrayBuffer());
  if (response.ok) return answer;
  throw new FlambeauError("io", `${address} answers ${response.status}: ${reasonOf(answer)}`, {
    ...(response.status === 401 ? { hint: "Put the server's token into FLAMBEAU_TOKEN." } : {}),
  });
}

function unreachable(address: string, cause: unknown): FlambeauError {
  const inner = (cause as { cause?: NodeJS.ErrnoException }).cause;
  const why = inner?.code === "ECONNREFUSED" ? "nothing listens there" : (inner?.message ?? String(cause));
  return new FlambeauError("io", `${address} cannot be reached: ${why}`, {
    hint: "Start a server with `flambeau serve`, or name another with --server.",
    cause,
  });
}

/** The message of `{"code", "message"}`, or the text as it is. */
function reasonOf(answer: Uint8Array): string {
  const text = new TextDecoder().decode(answer).slice(0, 2000).trim();
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // Not every proxy answers in JSON.
  }
  return text === "" ? "no reason given" : text;
}
