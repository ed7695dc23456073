import { artMethodTraceReader } from "./art-method-trace/index.ts";
import { asyncProfilerHtmlReader } from "./async-profiler-html/index.ts";
import { asyncProfilerTextReader } from "./async-profiler-text/index.ts";
import { austinReader } from "./austin/index.ts";
import { austinMojoReader } from "./austin-mojo/index.ts";
import { bccReader } from "./bcc/index.ts";
import { bccMemleakReader } from "./bcc-memleak/index.ts";
import { bpftraceReader } from "./bpftrace/index.ts";
import { callTreeCsvReader } from "./call-tree-csv/index.ts";
import { callgrindReader } from "./callgrind/index.ts";
import { chromeTraceReader } from "./chrome-trace/index.ts";
import { dartReader } from "./dart/index.ts";
import { dhatReader } from "./dhat/index.ts";
import { dtraceReader } from "./dtrace/index.ts";
import { erlangEprofReader } from "./erlang-eprof/index.ts";
import { erlangFprofReader } from "./erlang-fprof/index.ts";
import { etwEtlReader } from "./etw-etl/index.ts";
import { euStackReader } from "./eu-stack/index.ts";
import { faulthandlerReader } from "./faulthandler/index.ts";
import { firefoxReader } from "./firefox/index.ts";
import { flambeauReader } from "./flambeau/index.ts";
import { flamebearerReader } from "./flamebearer/index.ts";
import { flamegraphSvgReader } from "./flamegraph-svg/index.ts";
import { foldedReader } from "./folded/index.ts";
import { gdbReader } from "./gdb/index.ts";
import { geckoReader } from "./gecko/index.ts";
import { ghcEventlogReader } from "./ghc-eventlog/index.ts";
import { ghcHpReader } from "./ghc-hp/index.ts";
import { ghcProfReader } from "./ghc-prof/index.ts";
import { ghcProfJsonReader } from "./ghc-prof-json/index.ts";
import { goExecTraceReader } from "./go-exec-trace/index.ts";
import { goPprofRawReader } from "./go-pprof-raw/index.ts";
import { goStacksReader } from "./go-stacks/index.ts";
import { gprofReader } from "./gprof/index.ts";
import { gprof2dotJsonReader } from "./gprof2dot-json/index.ts";
import { heaptrackReader } from "./heaptrack/index.ts";
import { instrumentsReader } from "./instruments/index.ts";
import { instrumentsTraceReader } from "./instruments-trace/index.ts";
import { javaHprofReader } from "./java-hprof/index.ts";
import { javaThreadDumpReader } from "./java-thread-dump/index.ts";
import { jfrReader } from "./jfr/index.ts";
import { jfr0Reader } from "./jfr-0/index.ts";
import { luajitReader } from "./luajit/index.ts";
import { macosSampleReader } from "./macos-sample/index.ts";
import { massifReader } from "./massif/index.ts";
import { measuremeReader } from "./measureme/index.ts";
import { memrayReader } from "./memray/index.ts";
import { memrayCsvReader } from "./memray-csv/index.ts";
import { nettraceReader } from "./nettrace/index.ts";
import { nytprofReader } from "./nytprof/index.ts";
import { otlpReader } from "./otlp/index.ts";
import { perfDataReader } from "./perf-data/index.ts";
import { perfJsonReader } from "./perf-json/index.ts";
import { perfReportFoldedReader } from "./perf-report-folded/index.ts";
import { perfScriptReader } from "./perf-script/index.ts";
import { perfettoReader } from "./perfetto/index.ts";
import { perfviewXmlReader } from "./perfview-xml/index.ts";
import { phpspyReader } from "./phpspy/index.ts";
import { pmcstatReader } from "./pmcstat/index.ts";
import { pprofReader } from "./pprof/pprof.ts";
import { pprofLegacyReader } from "./pprof-legacy/index.ts";
import { pprofTracesReader } from "./pprof-traces/index.ts";
import { pstatsReader } from "./pstats/index.ts";
import { pstatsTextReader } from "./pstats-text/index.ts";
import { pySpyDumpReader } from "./py-spy-dump/index.ts";
import { pyTracemallocReader } from "./py-tracemalloc/index.ts";
import { pyinstrumentReader } from "./pyinstrument/index.ts";
import type { Reader } from "./reader.ts";
import { rprofReader } from "./rprof/index.ts";
import { safariReader } from "./safari/index.ts";
import { scaleneReader } from "./scalene/index.ts";
import { simpleperfReader } from "./simpleperf/index.ts";
import { sleepyReader } from "./sleepy/index.ts";
import { speedscopeReader } from "./speedscope/index.ts";
import { stackprofReader } from "./stackprof/index.ts";
import { systemtapReader } from "./systemtap/index.ts";
import { treeJsonReader } from "./tree-json/index.ts";
import { uftraceReader } from "./uftrace/index.ts";
import { v8CpuprofileReader } from "./v8-cpuprofile/index.ts";
import { v8HeapprofileReader } from "./v8-heapprofile/index.ts";
import { v8HeapsnapshotReader } from "./v8-heapsnapshot/index.ts";
import { v8LogReader } from "./v8-log/index.ts";
import { v8LogJsonReader } from "./v8-log-json/index.ts";
import { xctraceXmlReader } from "./xctrace-xml/index.ts";
import { xdebugTraceReader } from "./xdebug-trace/index.ts";

/**
 * Every format that can be read: a new one is its folder, its fixtures, and one line here. Asked in the order of
 * priority, which is unique (tested), so that the order of this list does not matter.
 */
const all: Reader[] = [
  flambeauReader,
  perfettoReader,
  v8CpuprofileReader,
  simpleperfReader,
  speedscopeReader,
  stackprofReader,
  perfScriptReader,
  perfDataReader,
  perfReportFoldedReader,
  pprofReader,
  bpftraceReader,
  bccReader,
  bccMemleakReader,
  dtraceReader,
  callgrindReader,
  etwEtlReader,
  euStackReader,
  faulthandlerReader,
  gdbReader,
  goExecTraceReader,
  artMethodTraceReader,
  goStacksReader,
  javaThreadDumpReader,
  goPprofRawReader,
  heaptrackReader,
  flamegraphSvgReader,
  asyncProfilerHtmlReader,
  asyncProfilerTextReader,
  pySpyDumpReader,
  macosSampleReader,
  austinReader,
  austinMojoReader,
  rprofReader,
  ghcProfReader,
  ghcEventlogReader,
  ghcHpReader,
  xctraceXmlReader,
  xdebugTraceReader,
  massifReader,
  measuremeReader,
  memrayReader,
  memrayCsvReader,
  instrumentsReader,
  instrumentsTraceReader,
  pmcstatReader,
  callTreeCsvReader,
  systemtapReader,
  phpspyReader,
  dartReader,
  dhatReader,
  firefoxReader,
  geckoReader,
  chromeTraceReader,
  v8HeapprofileReader,
  v8HeapsnapshotReader,
  treeJsonReader,
  uftraceReader,
  sleepyReader,
  gprofReader,
  javaHprofReader,
  pstatsTextReader,
  erlangFprofReader,
  erlangEprofReader,
  jfrReader,
  jfr0Reader,
  nettraceReader,
  nytprofReader,
  otlpReader,
  pprofLegacyReader,
  pprofTracesReader,
  pstatsReader,
  pyTracemallocReader,
  flamebearerReader,
  gprof2dotJsonReader,
  ghcProfJsonReader,
  pyinstrumentReader,
  v8LogReader,
  v8LogJsonReader,
  luajitReader,
  safariReader,
  perfJsonReader,
  scaleneReader,
  perfviewXmlReader,
  foldedReader,
];

/** The readers, highest priority first. */
export const readers: readonly Reader[] = all.sort((a, b) => b.priority - a.priority);

/** The reader that `--from ID` names, or undefined. */
export function readerById(id: string): Reader | undefined {
  return readers.find((reader) => reader.id === id);
}
