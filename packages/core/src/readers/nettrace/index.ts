import { FlambeauError } from "../../util/errors.ts";
import { ByteWindow } from "../../util/window.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { beginsAsNettrace, blocks, FORMAT, readVersion } from "./container.ts";
import { Trace } from "./trace.ts";

/**
 * .NET's EventPipe traces (dotnet-trace and dotnet-monitor), from .NET Core 2.1's netperf (version 3) to version 6: the
 * sample profiler's samples, allocation ticks, exceptions, contention; in version 6 also machine-wide CPU samples.
 * Names of methods stand at the end of the file, so that samples wait for them. Source: NetTraceFormat.md,
 * NetPerfFormat.md and UniversalProviders.md in microsoft/perfview.
 */
export const nettraceReader: Reader = {
  id: FORMAT,
  title: ".NET trace (EventPipe, nettrace)",
  priority: 940,
  extensions: [".nettrace", ".netperf"],
  carries: { time: true, threads: true, labels: true, lines: false, inlined: false, severalValueTypes: true },
  sniff: ({ bytes }: Head): Verdict => (beginsAsNettrace(bytes) ? "yes" : "no"),
  async read(source, into, notes, options) {
    into.meta.format = FORMAT;
    const window = new ByteWindow(source);
    const version = await readVersion(window);
    const trace = new Trace(into, notes, version);
    for await (const block of blocks(window, version, notes)) {
      trace.block(block);
      options.onProgress?.(block.offset);
    }
    if (!trace.finish()) {
      throw new FlambeauError("malformed", "the .NET trace holds no sample", {
        format: FORMAT,
        hint: "Record some: dotnet-trace collect --profile cpu-sampling (or gc-verbose for allocations).",
      });
    }
  },
};
