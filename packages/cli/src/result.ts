import type { Profile } from "@flambeau/core";
import { openTarget, type Target } from "./io/output.ts";
import type { DrawValues } from "./options/graph.ts";
import { say } from "./report/terminal.ts";

/** Writes a profile, or its picture, and says what the format cannot hold. */
export async function writeResult(
  profile: Profile,
  target: Target,
  output: string | undefined,
  values: DrawValues & { readonly quiet?: true },
): Promise<void> {
  const sink = openTarget(output, target);
  if (target.kind === "svg") {
    const { drawProfile } = await import("./draw.ts");
    await drawProfile(profile, values, sink);
  } else {
    const losses = await target.writer.write(profile, sink, {});
    if (values.quiet !== true) for (const loss of losses) say(`flambeau: note: ${loss}`);
  }
  await sink.close();
}
