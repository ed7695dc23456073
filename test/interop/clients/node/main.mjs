// Profiled by Grafana's Node SDK, as its documentation says.
import Pyroscope from "@pyroscope/nodejs";

Pyroscope.init({
  serverAddress: process.env.FLAMBEAU_URL,
  appName: "interop.node",
  tags: { client: "node" },
  flushIntervalMs: 2000,
  wall: { collectCpuTime: true },
});
Pyroscope.start();

function hotFunction(count) {
  let total = 0;
  for (let i = 0; i < count; i++) total += (i * i) % 7;
  return total;
}

const end = Date.now() + 8000;
let sum = 0;
while (Date.now() < end) {
  const stop = Date.now() + 50;
  while (Date.now() < stop) sum += hotFunction(100_000);
  await new Promise((resolve) => setTimeout(resolve, 1));
}
await Pyroscope.stop();
console.log(sum);
process.exit(0);
