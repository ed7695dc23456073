/** By reader, what a walk over JSON.parse's objects looks at: as much as a reader cannot do without. */
export const walks = {
  "v8-cpuprofile": ({ nodes, samples, timeDeltas }) => {
    let sum = 0;
    for (const { callFrame, children } of nodes) sum += callFrame.functionName.length + children.length;
    for (let i = 0; i < samples.length; i++) sum += samples[i] + timeDeltas[i];
    return sum;
  },
  "chrome-trace": ({ traceEvents }) => {
    let sum = 0;
    for (const { ph, ts, dur, tid, name } of traceEvents) if (ph === "X") sum += ts + dur + tid + name.length;
    return sum;
  },
  firefox: ({ threads }) => {
    let sum = 0;
    for (const { samples, stackTable } of threads) {
      for (let i = 0; i < samples.length; i++) {
        sum += (stackTable.prefix[samples.stack[i]] ?? 0) + samples.time[i] + samples.threadCPUDelta[i];
      }
    }
    return sum;
  },
  gecko: ({ threads }) => {
    let sum = 0;
    for (const { samples, stackTable } of threads) {
      for (const [stack, time, , cpu] of samples.data) sum += (stackTable.data[stack][0] ?? 0) + time + cpu;
    }
    return sum;
  },
  speedscope: ({ profiles }) => {
    let sum = 0;
    for (const { samples = [], weights = [], events = [] } of profiles) {
      for (const stack of samples) for (const frame of stack) sum += frame;
      for (const weight of weights) sum += weight;
      for (const { type, frame, at } of events) sum += (type === "O" ? frame : -frame) + at;
    }
    return sum;
  },
  "v8-heapprofile": ({ head }) => {
    let sum = 0;
    const open = [head];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      sum += node.selfSize + node.callFrame.functionName.length;
      open.push(...node.children);
    }
    return sum;
  },
};
