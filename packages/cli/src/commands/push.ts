import { FlambeauError } from "@flambeau/core";
import { type Command, InvalidArgumentError } from "commander";
import { openOutput } from "../io/sink.ts";
import { readWhole } from "../io/whole.ts";
import { printable } from "../report/notes.ts";
import { sayNotes } from "../report/terminal.ts";
import { addServerOptions, ask, type ServerValues } from "../server/client.ts";
import { type CommandModule, newCommand, withExamples } from "./command.ts";

interface Values extends ServerValues {
  readonly service: string;
  readonly label?: readonly (readonly [string, string])[];
  readonly format?: string;
  readonly from?: string;
  readonly until?: string;
  readonly quiet?: true;
}

/** What the server says it has kept. */
interface Receipt {
  readonly series: number;
  readonly samples: number;
  readonly notes: Parameters<typeof sayNotes>[0];
}

export const push: CommandModule = {
  create(): Command {
    const command = newCommand("flambeau push", "Sends profiles of any format to a Flambeau server.")
      .argument("[file...]", 'profile files; "-" or none: standard input')
      .requiredOption("--service <name>", "what the profile is of: the label service_name")
      .option("--label <k=v>", "a label of the profile (repeatable): --label version=1.4", collectLabels)
      .option("--format <format>", "the files' format (default: found by their content)")
      .option("--from <time>", "when it was recorded, where the file does not say: now-1h, 2026-01-31T12:00Z")
      .option("--until <time>", "when the recording ended")
      .option("-q, --quiet", "do not say what was kept");
    addServerOptions(command).action(run);
    return withExamples(
      command,
      `flambeau push cpu.pb.gz --service shop
       flambeau push --service shop --label version=1.4 --label region=eu *.jfr
       perf script | flambeau push --service batch --server http://profiles:4040`,
    );
  },
};

async function run(paths: readonly string[], values: Values): Promise<void> {
  const out = openOutput("-");
  for (const path of paths.length === 0 ? ["-"] : paths) {
    const body = await readWhole(path);
    const answer = await ask(values, {
      path: `/api/v1/profiles?${parameters(values)}`,
      contentType: "application/octet-stream",
      body,
    });
    const { series, samples, notes } = JSON.parse(new TextDecoder().decode(answer)) as Receipt;
    sayNotes(notes, values.quiet);
    if (values.quiet === true) continue;
    const line = `${path}: kept as ${values.service}, ${series} series, ${samples} samples\n`;
    await out.write(new TextEncoder().encode(printable(line)));
  }
}

function parameters(values: Values): URLSearchParams {
  const query = new URLSearchParams({ service: values.service });
  for (const [name, value] of values.label ?? []) {
    if (OWN.has(name)) {
      throw new FlambeauError("usage", `a label cannot be called ${name}`, {
        hint: "Use the option of that name.",
      });
    }
    query.set(name, value);
  }
  for (const name of ["format", "from", "until"] as const) {
    const value = values[name];
    if (value !== undefined) query.set(name, name === "format" ? value : unixTime(value));
  }
  return query;
}

const OWN: ReadonlySet<string> = new Set(["service", "format", "from", "until", "type"]);

/** The server reads numbers and `now-1h`; dates are for people. */
function unixTime(text: string): string {
  if (/^(?:now.*|\d+)$/.test(text)) return text;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new FlambeauError("usage", `${JSON.stringify(text)} is no time`);
  return String(time);
}

function collectLabels(
  text: string,
  before: readonly (readonly [string, string])[] | undefined,
): readonly (readonly [string, string])[] {
  const equals = text.indexOf("=");
  if (equals <= 0) throw new InvalidArgumentError("It is not name=value.");
  return [...(before ?? []), [text.slice(0, equals), text.slice(equals + 1)]];
}
