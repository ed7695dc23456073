import type { Profile } from "@flambeau/core";
import { openTarget, type Target } from "./io/output.ts";
import type { DrawValues } from "./options/graph.ts";
import { say } from "./report/terminal.ts";

/** Writes a profile, its picture or a page of it, which shows `name`, and says what the format cannot hold. */
export async function writeResult(
  profile: Profile,
  target: Target,
  output: string | undefined,
  name: string,
  values: DrawValues & { readonly quiet?: true },
): Promise<void> {
  const sink = openTarget(output, target);
  if (target.kind === "svg") {
    const { drawProfile } = await import("./draw.ts");
    await drawProfile(profile, values, sink);
  } else if (target.kind === "html") {
    const { writePage } = await import("./view/packed.ts");
    return writePage([{ name: values.title ?? name, profile }], sink);
  } else {
    const losses = await target.writer.write(profile, sink, {});
    if (values.quiet !== true) for (const loss of losses) say(`flambeau: note: ${loss}`);
  }
  await sink.close();
}
