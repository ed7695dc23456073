/** Files of the corpus that are not taken for any format, or give no profile. */
export interface Unread {
  /** `folder/` for all of its files, or `folder/file`. */
  readonly files: string;
  /** True where the format is recognised, and then refused with an error. */
  readonly recognised: boolean;
  readonly reason: string;
}

const notYet = (files: string, format: string): Unread => ({
  files,
  recognised: false,
  reason: `there is no reader for ${format}`,
});
const noProfile = (files: string, reason: string): Unread => ({ files, recognised: false, reason });
const refused = (files: string, reason: string): Unread => ({ files, recognised: true, reason });

/** Everything else in the corpus is recognised with its name hidden, and reads. */
export const unread: readonly Unread[] = [
  // What lies beside profiles.
  noProfile("perf-data-elf/", "programs whose symbols perf.data files need"),
  noProfile("jitdump/", "names for addresses of a perf.data file, not a profile"),
  noProfile("perf-map/", "names for addresses of a perf.data file, not a profile"),
  noProfile("otlp-profiles-expected/", "what Pyroscope makes of requests: see otlp-pyroscope.test.ts"),
  // Nothing in them, on purpose.
  ...["go123-sync", "go125-sync"].map((name) =>
    refused(`go-exec-trace-text/golang__exp__${name}.test`, "events without stacks"),
  ),
  noProfile("folded/jonhoo__inferno__empty.txt", "an empty file"),
  noProfile("perf-script/jonhoo__inferno__no-events.txt", "an empty file"),
  noProfile("vsprof-csv/jonhoo__inferno__incorrect-header.csv", "a header that Visual Studio does not write"),
  refused("dtrace/jonhoo__inferno__only-header-lines.txt", "a header without stacks"),
  refused("perf-script/generated__here__perf-fp.header.script.txt", "perf script's header without samples"),
  refused("chrome-trace/ChromeDevTools__chrome-devtools-mcp__basic-trace.json.gz", "no event makes a stack"),
  refused(
    "nettrace/microsoft__perfview__eventpipe-dotnetcore2.1-linux-x64-tracelogging.netperf.zip",
    "events without stacks",
  ),
  // Malformed, on purpose.
  ...["bad-stack-line", "odd-indentation", "skipped-indentation"].map((name) =>
    refused(`macos-sample/jonhoo__inferno__${name}.txt`, "a tree that is indented wrongly"),
  ),
  refused("vsprof-csv/jonhoo__inferno__missing-function-name.csv", "a row without a function"),
  ...["bad-stack-line", "skipped-indentation"].map((name) =>
    refused(`vtune-csv/jonhoo__inferno__${name}.csv`, "a row that is indented wrongly"),
  ),
  // Without a reader.
  notYet("instruments-trace/", "Instruments' bundles"),
  notYet("perf-report-folded/", "perf report -g folded"),
];
