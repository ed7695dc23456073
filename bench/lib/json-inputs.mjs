// JSON profiles made by a seeded generator: the same file on every machine.
import { closeSync, openSync, renameSync, writeSync } from "node:fs";

/** mulberry32 */
export function randomFrom(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Writes in pieces; `written` counts what went out, the piece in hand included. */
class Output {
  #file;
  #out;
  #text = "";
  #last = "";
  #written = 0;

  constructor(file) {
    this.#file = file;
    this.#out = openSync(`${file}.part`, "w");
  }

  get written() {
    return this.#written + this.#text.length;
  }

  put(piece) {
    this.#text += piece;
    this.#last = piece.at(-1);
    if (this.#text.length > 1 << 20) this.#flush();
  }

  endsWith(character) {
    return this.#last === character;
  }

  list(length, element) {
    this.put("[");
    for (let i = 0; i < length; i++) this.put(i > 0 ? `,${element(i)}` : `${element(i)}`);
    this.put("]");
  }

  close() {
    this.#flush();
    closeSync(this.#out);
    renameSync(`${this.#file}.part`, this.#file);
  }

  #flush() {
    this.#written += writeSync(this.#out, this.#text);
    this.#text = "";
  }
}

/** A file like Node's: a third of its bytes nodes, the rest samples and time differences. */
function cpuprofile(file, bytes) {
  const random = randomFrom(42);
  const out = new Output(file);
  out.put('{"nodes":');
  const nodes = Math.floor(bytes / 3 / 260);
  const children = Array.from({ length: nodes + 1 }, () => []);
  const depth = new Uint8Array(nodes + 1);
  for (let id = 2; id <= nodes; id++) {
    let caller = Math.max(1, id - 1 - random(Math.min(id - 1, 400)));
    // V8 records no more than 256 frames.
    while (depth[caller] > 200) caller = 1 + random(caller);
    depth[id] = depth[caller] + 1;
    children[caller].push(id);
  }
  out.list(nodes, (i) => {
    const name = i === 0 ? "(root)" : `function${random(20_000)}`;
    const url = `file:///srv/app/node_modules/module${random(300)}/lib/index.js`;
    const place = `"scriptId":"${random(300)}","url":"${url}","lineNumber":${random(3000)},"columnNumber":${random(80)}`;
    const ticks =
      random(3) === 0 ? `,"positionTicks":[{"line":${random(3000)},"ticks":${1 + random(9)}}]` : "";
    return (
      `{"id":${i + 1},"callFrame":{"functionName":"${name}",${place}},"hitCount":${random(50)},` +
      `"children":[${children[i + 1].join()}]${ticks}}`
    );
  });
  // A sample is about 7 bytes, a time difference 4. Few nodes, early ones, are hot, as in real programs.
  const samples = Math.floor((bytes - out.written) / 11);
  out.put(',"startTime":1929238343,"endTime":99929488275,"samples":');
  out.list(samples, () => 1 + random(1 + random(1 + random(nodes))));
  out.put(',"timeDeltas":');
  out.list(samples, () => 90 + random(400));
  out.put("}");
  out.close();
}

/** A trace like Chrome's: complete events that nest, on eight threads, written when they end, a third with arguments. */
function chromeTrace(file, bytes) {
  const random = randomFrom(7);
  const out = new Output(file);
  out.put('{"traceEvents":[');
  for (let tid = 1; tid <= 8; tid++) {
    out.put(
      `{"args":{"name":"Thread${tid}"},"cat":"__metadata","name":"thread_name","ph":"M","pid":1,"tid":${tid},"ts":0},\n`,
    );
  }
  const now = new Float64Array(9).fill(336_043_688_856);
  const event = (tid, ts, dur, name) => {
    const args =
      random(3) === 0 ? `{"data":{"frame":"0x${random(1e9).toString(16)}","type":${random(90)}}}` : "{}";
    return (
      `{"args":${args},"cat":"devtools.timeline,v8","dur":${dur},"name":"${name}","ph":"X","pid":1,` +
      `"tdur":${dur},"tid":${tid},"ts":${ts},"tts":${ts - 336_043_000_000}},\n`
    );
  };
  while (out.written < bytes - 200) {
    const tid = 1 + random(8);
    const start = now[tid];
    const depth = 1 + random(12);
    let inner = "";
    let end = start + depth * 2;
    for (let level = depth; level > 0; level--) {
      const ts = start + level;
      // A sibling or two behind the innermost call of each level.
      for (let more = random(3); more > 0; more--) {
        inner += event(tid, end, 3, `leaf${random(500)}`);
        end += 3 + random(4);
      }
      end++;
      inner += event(tid, ts, end - ts, `function${level}_${random(1 + random(40))}`);
    }
    now[tid] = end + random(50);
    out.put(inner);
  }
  out.put('{"ph":"I","name":"end","pid":1,"tid":1,"ts":0}],"metadata":{"source":"DevTools"}}');
  out.close();
}

/** A profile like samply's: stacks of 40 frames on average, four threads, three columns of samples. */
function firefox(file, bytes) {
  const random = randomFrom(11);
  const out = new Output(file);
  out.put(
    '{"meta":{"interval":1,"startTime":1700000000000.5,"preprocessedProfileVersion":49,"product":"bench",' +
      '"categories":[{"name":"User","subcategories":["Other"]},{"name":"Kernel","subcategories":["Other"]}],' +
      '"sampleUnits":{"time":"ms","eventDelay":"ms","threadCPUDelta":"µs"}},"libs":[{"name":"app","path":"/srv/app",' +
      '"codeId":"ab12"}],"threads":[',
  );
  for (let thread = 0; thread < 4; thread++) {
    const stacks = Math.floor(bytes / 4 / 90);
    const funcs = 20_000;
    const frames = 60_000;
    out.put(
      `${thread > 0 ? "," : ""}{"name":"worker${thread}","pid":"7","tid":"${thread}","frameTable":{"length":${frames}`,
    );
    const column = (name, length, element) => {
      out.put(`,"${name}":`);
      out.list(length, element);
    };
    column("address", frames, () => random(1 << 24));
    column("inlineDepth", frames, () => (random(4) === 0 ? 1 : 0));
    column("category", frames, () => random(2));
    column("subcategory", frames, () => 0);
    column("func", frames, () => random(funcs));
    column("line", frames, () => (random(3) === 0 ? "null" : 1 + random(3000)));
    out.put(`},"funcTable":{"length":${funcs}`);
    column("name", funcs, (i) => i);
    column("isJS", funcs, () => false);
    column("resource", funcs, () => 0);
    column("fileName", funcs, () => "null");
    out.put('},"resourceTable":{"length":1,"lib":[0],"name":[0]},"stackTable":{"length":');
    out.put(`${stacks}`);
    column("prefix", stacks, (i) => (i === 0 ? "null" : Math.max(0, i - 1 - random(Math.min(i, 60)))));
    column("frame", stacks, () => random(frames));
    out.put('},"stringArray":');
    out.list(funcs, (i) => `"core::module_${random(500)}::function_${i}<T>"`);
    const samples = Math.floor(
      ((thread + 1) * bytes) / 4 - out.written > 0 ? (((thread + 1) * bytes) / 4 - out.written) / 31 : 1,
    );
    out.put(`,"samples":{"length":${samples},"weightType":"samples"`);
    column("stack", samples, () => random(1 + random(1 + random(stacks))));
    let time = 0;
    column("time", samples, () => {
      time += 900_000 + random(200_000);
      return (time / 1e6).toFixed(6);
    });
    column("weight", samples, () => 1);
    column("threadCPUDelta", samples, () => random(1000));
    out.put("}}");
  }
  out.put("]}");
  out.close();
}

/** A profile like Firefox's own: tables of rows, places as texts, samples with CPU time. */
function gecko(file, bytes) {
  const random = randomFrom(13);
  const out = new Output(file);
  out.put(
    '{"meta":{"version":24,"interval":1,"startTime":1700000000000.5,"stackwalk":1,"product":"bench","categories":[],' +
      '"sampleUnits":{"threadCPUDelta":"ns"}},"libs":[],"threads":[',
  );
  for (let thread = 0; thread < 4; thread++) {
    const stacks = Math.floor(bytes / 4 / 120);
    const names = 20_000;
    out.put(
      `${thread > 0 ? "," : ""}{"name":"Worker${thread}","processType":"default","tid":${thread},"pid":7,`,
    );
    out.put('"stackTable":{"schema":{"prefix":0,"frame":1},"data":');
    out.list(stacks, (i) => {
      return `[${i === 0 ? "null" : Math.max(0, i - 1 - random(Math.min(i, 60)))},${random(names)}]`;
    });
    out.put(
      '},"frameTable":{"schema":{"location":0,"relevantForJS":1,"innerWindowID":2,"implementation":3,"line":4,' +
        '"column":5,"category":6,"subcategory":7},"data":',
    );
    out.list(names, (i) => `[${i},false,0,null,${1 + random(900)},${1 + random(80)}]`);
    out.put('},"stringTable":');
    out.list(
      names,
      (i) => `"render${i} (http://localhost/assets/module${random(300)}.js:${1 + random(900)}:7)"`,
    );
    const rest = ((thread + 1) * bytes) / 4 - out.written;
    let time = 0;
    out.put(',"samples":{"schema":{"stack":0,"time":1,"eventDelay":2,"threadCPUDelta":3},"data":');
    out.list(Math.max(1, Math.floor(rest / 31)), () => {
      time += 900_000 + random(200_000);
      return `[${random(1 + random(1 + random(stacks)))},${(time / 1e6).toFixed(6)},0,${random(1_000_000)}]`;
    });
    out.put('},"markers":{"schema":{"name":0},"data":[]}}');
  }
  out.put('],"processes":[]}');
  out.close();
}

const SPEEDSCOPE = '{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{"frames":';

function speedscopeFrames(out, random, count) {
  out.put(SPEEDSCOPE);
  out.list(
    count,
    (i) =>
      `{"name":"module${random(300)}.function${i}","file":"/srv/app/m${random(300)}.py","line":${1 + random(900)}}`,
  );
}

/** Stacks root first, as py-spy writes them: most of a stack is that of the one before. */
function speedscopeSampled(file, bytes) {
  const random = randomFrom(17);
  const out = new Output(file);
  speedscopeFrames(out, random, 5000);
  const path = [];
  out.put(
    '},"profiles":[{"type":"sampled","name":"main","unit":"seconds","startValue":0,"endValue":1000,"samples":',
  );
  const samples = Math.floor(bytes / 132);
  out.list(samples, () => {
    path.splice(Math.max(1, path.length - random(6)));
    while (path.length < 10 || (path.length < 40 && random(5) > 0)) path.push(random(1 + random(5000)));
    return `[${path.join()}]`;
  });
  out.put(',"weights":');
  out.list(samples, () => 0.01);
  out.put("}]}");
  out.close();
}

function speedscopeEvented(file, bytes) {
  const random = randomFrom(19);
  const out = new Output(file);
  speedscopeFrames(out, random, 5000);
  out.put('},"profiles":[{"type":"evented","name":"main","unit":"microseconds","startValue":0,"events":[');
  const open = [];
  let at = 0;
  const event = (type, frame) => {
    out.put(`${at > 0 ? "," : ""}{"type":"${type}","frame":${frame},"at":${at}}`);
    at += 1 + random(50);
  };
  while (out.written < bytes) {
    if (open.length < 30 && (open.length === 0 || random(2) === 0)) {
      open.push(random(1 + random(5000)));
      event("O", open.at(-1));
    } else event("C", open.pop());
  }
  while (open.length > 0) event("C", open.pop());
  out.put(`],"endValue":${at}}]}`);
  out.close();
}

/** Nested nodes with what each allocated, as Node's sampling heap profiler writes them. */
function heapprofile(file, bytes) {
  const random = randomFrom(23);
  const out = new Output(file);
  let id = 0;
  let depth = 0;
  const node = () => {
    id++;
    out.put(
      `{"callFrame":{"functionName":"function${random(20_000)}","scriptId":"${random(300)}",` +
        `"url":"file:///srv/app/module${random(300)}/index.js","lineNumber":${random(3000)},"columnNumber":${random(80)}},` +
        `"selfSize":${random(5000)},"id":${id},"children":[`,
    );
    depth++;
  };
  out.put('{"head":');
  node();
  while (out.written < bytes) {
    while (depth > 1 && (depth > 60 || random(3) === 0)) {
      out.put("]}");
      depth--;
    }
    if (!out.endsWith("[")) out.put(",");
    node();
  }
  while (depth-- > 0) out.put("]}");
  out.put(',"samples":');
  out.list(1000, (i) => `{"size":${random(900)},"nodeId":${1 + random(id)},"ordinal":${i}}`);
  out.put("}");
  out.close();
}

/** By name of the input: reader, and how such a file is made. */
export const jsonInputs = {
  "v8-cpuprofile": { reader: "v8-cpuprofile", write: cpuprofile },
  "chrome-trace": { reader: "chrome-trace", write: chromeTrace },
  firefox: { reader: "firefox", write: firefox },
  gecko: { reader: "gecko", write: gecko },
  "speedscope-sampled": { reader: "speedscope", write: speedscopeSampled },
  "speedscope-evented": { reader: "speedscope", write: speedscopeEvented },
  "v8-heapprofile": { reader: "v8-heapprofile", write: heapprofile },
};
