import type { ProfileBuilder } from "../../model/builder.ts";
import type { Head } from "../reader.ts";

const FACT = /^# (captured on|hostname|os release|perf version|arch|cpudesc|cmdline)\s*: (.*)$/;

/** What `perf script --header` says of the recording: `# key : value` lines before the first sample. */
export function noteRecording(head: Head, into: ProfileBuilder): void {
  const comments: string[] = [];
  for (const line of head.lines) {
    if (!line.startsWith("#")) {
      if (line.trim() !== "") break;
      continue;
    }
    const match = FACT.exec(line.trimEnd());
    if (match === null) continue;
    const [, key, value] = match;
    if (key === "perf version") into.meta.producer = `perf ${value!.trim()}`;
    else comments.push(`${key}: ${value!.trim()}`);
  }
  if (comments.length > 0) into.meta.comments = comments;
}
