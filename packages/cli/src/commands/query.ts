import type { Profile } from "@flambeau/core";
import type { Command } from "commander";
import { chooseTarget, openTarget, type Target } from "../io/output.ts";
import { openOutput } from "../io/sink.ts";
import { addFilterOptions, applyFilters, type FilterValues } from "../options/filters.ts";
import { addDrawOptions, type DrawValues } from "../options/graph.ts";
import { printable } from "../report/notes.ts";
import { summarise } from "../report/summary.ts";
import { summaryText } from "../report/summary-text.ts";
import { writeResult } from "../result.ts";
import { resultPlace, tellPlace } from "../result-place.ts";
import { addServerOptions, type ServerValues } from "../server/client.ts";
import { mergedProfile, profileTypes, services, type TimeRange } from "../server/querier.ts";
import { chooseType, parseRange, parseSelector } from "../server/selector.ts";
import { type CommandModule, newCommand, withExamples } from "./command.ts";
import { addShowOptions, meansViewer, type ShowValues } from "./show.ts";

interface Values extends ServerValues, FilterValues, DrawValues, ShowValues {
  readonly from: string;
  readonly until: string;
  readonly table?: true;
  readonly quiet?: true;
}

export const query: CommandModule = {
  create(): Command {
    const command = newCommand(
      "flambeau query",
      "Asks a Flambeau (or Pyroscope) server for a profile: a flame graph, a table, or a file of any format.",
    )
      .argument("[selector]", 'service, or type{label="value"}; none: list what there is')
      .option("--from <time>", "from when: now-1h, 2026-01-31T12:00Z", "now-1h")
      .option("--until <time>", "until when", "now")
      .option("--table", "the heaviest functions as text")
      .option("-q, --quiet", "do not say what was skipped or approximated");
    addShowOptions(command);
    addServerOptions(command);
    addFilterOptions(command);
    addDrawOptions(command).action(run);
    return withExamples(
      command,
      `flambeau query
       flambeau query shop
       flambeau query 'memory:alloc_space{service_name="shop",version="1.4"}' --from now-24h --table
       flambeau query shop --from 2026-01-31T12:00Z --until 2026-01-31T13:00Z -o shop.pb.gz`,
    );
  },
};

async function run(selector: string | undefined, values: Values, command: Command): Promise<void> {
  const range = parseRange(values.from, values.until, Date.now());
  if (selector === undefined) return print(await overview(values, range));
  const written = parseSelector(selector);
  const needsTypes = written.type.split(":").length < 5;
  const selected = chooseType(written, needsTypes ? await profileTypes(values, written.selector, range) : []);
  const profile = applyFilters(await mergedProfile(values, selected, range), values);
  if (values.table === true) {
    return print(summaryText(summarise(profile, `${selected.type}${selected.selector}`, "server", [])));
  }
  await show(profile, `${selected.type}${selected.selector}`, values, meansViewer(values, command));
}

/** In the viewer, where nothing says otherwise and somebody can look at it; else in a file. */
async function show(profile: Profile, name: string, values: Values, inViewer: boolean): Promise<void> {
  const { canView, servedProfile, view } = await import("../view/view.ts");
  if (inViewer && canView(values)) return view([await servedProfile({ name, profile })], values);
  const target: Target = inViewer
    ? { kind: "html" }
    : (chooseTarget(values.output, values.to) ?? { kind: "svg" });
  const place = resultPlace(target, `query.${target.kind === "html" ? "html" : "svg"}`, values);
  if (target.kind === "html") {
    const { writePage } = await import("../view/packed.ts");
    await writePage([{ name, profile }], openTarget(place, target));
  } else await writeResult(profile, target, place, name, values);
  await tellPlace(place, target, values);
}

async function overview(values: ServerValues, range: TimeRange): Promise<string> {
  const [names, types] = await Promise.all([services(values, range), profileTypes(values, "{}", range)]);
  const list = (title: string, items: readonly string[]): string =>
    `${title}\n${items.length === 0 ? "  none in that time" : items.map((item) => `  ${item}`).join("\n")}\n`;
  return list("services", names) + list("profile types", types);
}

async function print(text: string): Promise<void> {
  await openOutput("-").write(new TextEncoder().encode(printable(text)));
}
