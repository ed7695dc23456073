import { expect, it } from "vitest";
import { readMutations } from "../../../../test/support/fuzz.ts";
import { bytesOf } from "../../../../test/support/reading.ts";
import { readerById } from "./registry.ts";

const CASES = 3000;

/**
 * A small input for each of the readers of text whose own tests have no mutations: as little as has a bit of everything
 * that the format knows, so that a mutation hits something that matters.
 */
const INPUTS: readonly (readonly [id: string, text: string])[] = [
  [
    "async-profiler-html",
    "<!DOCTYPE html>\n<script>\n// The async-profiler authors\nconst units = 'ns';\nconst levels = Array(4);\nconst cpool = [\n'all',\n' main',\n'$.a\\'b'\n];\nunpack(cpool);\n\nf(3,0,0,100)\nu(11,90)\nn(18,60,1,2)\nf(1,0,10,3,'main')\n</script>\n",
  ],
  [
    "austin",
    "# austin: 3.0.0\n# interval: 100\n# mode: full\n\nP7;T0:8;/a.py:main:3;/b.py:f:12 100,1,20\nP7;T9;/a.py:<module>:1 40,0,-5\n# duration: 3\n",
  ],
  ["bpftrace", "Attaching 1 probe...\n\n@[\n    f+12\n    0x40 (lib.so)\n, prog, 12]: 7\n@us[main, f]: 3\n"],
  [
    "callgrind",
    "# callgrind format\nversion: 1\npositions: instr line\nevents: Ir Time_(10ns)\nob=(1) /p\nfl=(1) a.c\nfn=(1) main\n0x10 5 1 2\ncfn=(2) f\ncalls=3 0x20 7\n+3 * 9 4\nfn=(2)\n* -1 9\njcnd=1/2 +4 +1\n* *\nthread: 2\nfn=(1)\n1 2 3\n",
  ],
  [
    "dtrace",
    "CPU     ID                    FUNCTION:NAME\n  0  64091                        :tick-60s \n\n\n              genunix`kmem+0x10\n              unix`f+0x2\n              0xff\n               12\n\n              a`b\n                1\n",
  ],
  [
    "eu-stack",
    "PID 7 - process\nTID 7:\n#0  0x40 hot\n#1  0x41 main - 1\n    /a/b.c:3\nTID 9:\n#0  0x0000\n",
  ],
  [
    "faulthandler",
    'Fatal Python error: x\n\nThread 0x00007f (most recent call first):\n  File "/a.py", line 3 in f\n  File "<string>", line 1 in <module>\n\nCurrent thread 0x08 [w] (most recent call first):\n  File "/b.py", line 10 in g\n  ...\n',
  ],
  [
    "flamegraph-svg",
    '<?xml version="1.0"?><svg width="1200" height="70" xmlns="http://www.w3.org/2000/svg"><text>Flame Graph</text><g id="frames"><g><title>all (10 samples, 100%)</title><rect x="10" y="50" width="1180" height="15"/></g><g><title>a&lt;b&gt; (7 samples, 70.00%)</title><rect x="10" y="34" width="826" height="15"/></g><g><title>c (3 samples, 30%)</title><rect x="836" y="34" width="354" height="15"/></g></g></svg>',
  ],
  ["folded", "main;a;b 10\nmain;a 3 4\n# x\nmain;c_[k];d_[j] 1.5\n;;e 2\n"],
  [
    "gdb",
    'Thread 2 (Thread 0x7f (LWP 27422) "hot-c"):\n#0  0x07 in sleep (x=x@entry=0, s=0x1 "a)b") at ../a.c:25\n#1  <signal handler called>\n#2  main () from /lib/c.so\n\nThread 1 (LWP 3):\n#0  f (a=...) at b.c:1\n',
  ],
  [
    "ghc-prof",
    "\tSun Nov 22 19:38 2026 Time and Allocation Profiling Report  (Final)\n\n\t   hot +RTS -P\n\n\ttotal time  =        0.40 secs   (403 ticks @ 1000 us, 1 processor)\n\ttotal alloc = 1,190 bytes  (excludes profiling overheads)\n\nCOST CENTRE MODULE    SRC             %time %alloc  ticks     bytes\n\nf  Main  H.hs:7:2  78.7   62.5    317 744\n\n                               individual      inherited\nCOST CENTRE  MODULE  SRC  no.  entries  %time %alloc   %time %alloc  ticks     bytes\n\nMAIN  MAIN  <built-in>  1  0  0.0  0.0  100.0 100.0  0  7\n f  Main  H.hs:7:2  2  1  78.7  62.5  100.0  99.0  317  744\n  g  Main  H.hs:8  3  1  21.3  37.5  21.3  37.5  86  446\n",
  ],
  [
    "go-stacks",
    "goroutine 1 [running, locked to thread]:\nmain.f({0x51, 0x2}, 0x1?)\n\ta/b.go:19 +0x6b\nmain.main()\n\t./h.go:55 +0x245\n\ngoroutine 8 [chan receive, 3 minutes]:\nmain.w(...)\n\t./h.go:24 +0x31\ncreated by main.main in goroutine 1\n\t./h.go:47 +0x125\n",
  ],
  [
    "instruments",
    "Bytes Used\tCount\t\tSymbol Name\n 429.93 MB     100.0%\t84671\t \tstart\n 217.09 MB      50.4%\t42749\t \t main\n   3.35 KB      17.0%\t14337\t \t  f(int)\n   1 Bytes       7.0%\t1\t \t g\n",
  ],
  [
    "java-thread-dump",
    'Full thread dump OpenJDK 64-Bit Server VM (17.0.15 mixed mode):\n\n"main" #1 prio=5 os_prio=0 cpu=10.65ms tid=0x07 nid=0x6b runnable  [0x07]\n   java.lang.Thread.State: RUNNABLE\n\tat a.Hot.hot(Hot.java:11)\n\t- locked <0x01> (a java.lang.Object)\n\tat java.base@17/a.B.c(Native Method)\n\n"GC" daemon prio=5 tid=1 nid=2 waiting on condition\n\nJNI global refs: 1\n',
  ],
  [
    "macos-sample",
    "Analysis of sampling rg (pid 64751) every 1 millisecond\nAnalysis Tool:   /usr/bin/sample\n----\n\nCall graph:\n    825 Thread_15   DispatchQueue_1: x  (serial)\n    + 825 start  (in l.dylib) + 1  [0x7f]\n    +   800 main  (in rg) + 41  [0x10]  main.rs:12\n    +   ! 700 ???  (in rg)  load address 0x1 + 0x2  [0x3]\n    5 Thread_2\n\nTotal number in stack:\n        5       main  (in rg)\n",
  ],
  [
    "massif",
    "desc: x\ncmd: ./a\ntime_unit: i\n#-----------\nsnapshot=0\n#-----------\ntime=0\nmem_heap_B=90\nmem_heap_extra_B=2\nmem_stacks_B=0\nheap_tree=empty\n#-----------\nsnapshot=1\n#-----------\ntime=9\nmem_heap_B=100\nmem_heap_extra_B=8\nmem_stacks_B=3\nheap_tree=peak\nn2: 100 (heap allocation functions) malloc/new\n n1: 70 0x10: f (a.c:22)\n  n0: 70 0x11: main (a.c:44)\n n0: 30 in 1 place, all below massif's threshold (1.00%)\n",
  ],
  [
    "memray-csv",
    'allocator,num_allocations,size,tid,thread_name,stack_trace\nMALLOC,1,1340,1,0x1,f;/a/r.py;58\nMMAP,2,71,2,"a ""b""",g;/b.py;3|main;/c.py;1\nFREE,1,0,1,,\n',
  ],
  [
    "pmcstat",
    "@ inst_retired.any [35705 samples]\n\n20.86%  [7447]     lz4 @ /boot/zfs.ko\n 100.0%  [7447]      zio\n  60.0%  [4000]       run @ /boot/kernel\n  40.0%  [3447]       exit\n\n14.44%  [5156]     fl @ /boot/zfs.ko\n",
  ],
  [
    "rprof",
    'memory profiling: line profiling: sample.interval=20000\n#File 1: foo.R\n:319:65:23:3:"if\\"else" 1#21 "foo" "source"\n"hot" "main" \n1#3 "b"\n\n<GC> "x"\n',
  ],
  [
    "xdebug-trace",
    "Version: 3.2.0\nFile format: 4\nTRACE START [2026-11-22 19:37:49.1]\n1\t0\t0\t0.000278\t394\t{main}\t1\t\t/h.php\t0\t0\n2\t1\t0\t0.0003\t394\tf\t1\t\t/h.php\t23\t1\t$x\n2\t1\tR\t\t\t3\n2\t1\t1\t0.01\t394\n    0.0004     397336     -> g() /w.php:6\n1\t0\t1\t0.02\t394\n\t\t\t0.03\t3\nTRACE END   [x]\n",
  ],
];

it.each(INPUTS)(`reads or refuses ${CASES} mutations of %s`, async (id, text) => {
  expect(await readMutations(readerById(id)!, bytesOf(text), CASES)).toBeGreaterThan(CASES / 20);
});
