import type { Client } from "./client.ts";

const url = (address: string): Record<string, string> => ({ FLAMBEAU_URL: address });

/** Grafana's SDK for Go, by the Go proxy. */
export const go: Client = {
  name: "go",
  tools: ["go"],
  built: "hot",
  async prepare(run) {
    await run("go", ["mod", "download"]);
    await run("go", ["build", "-o", "hot", "."]);
  },
  run: (run, address) => run("./hot", [], url(address)),
};

/** Grafana's SDK for Python, from PyPI. */
export const python: Client = {
  name: "python",
  tools: ["python3"],
  built: "venv/ready",
  async prepare(run) {
    await run("python3", ["-m", "venv", "venv"]);
    await run("venv/bin/pip", ["install", "--quiet", "pyroscope-io==1.4.0"]);
    await run("touch", ["venv/ready"]);
  },
  run: (run, address) => run("venv/bin/python", ["main.py"], url(address)),
};

/** Grafana's SDK for Node, from npm. */
export const node: Client = {
  name: "node",
  tools: ["node", "npm"],
  built: "node_modules/@pyroscope/nodejs/package.json",
  prepare: (run) =>
    run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "@pyroscope/nodejs@0.6.4"]),
  run: (run, address) => run("node", ["main.mjs"], url(address)),
};

const AGENT = "https://repo1.maven.org/maven2/io/pyroscope/agent/2.9.2/agent-2.9.2.jar";

/** Grafana's agent for Java, from Maven Central. */
export const java: Client = {
  name: "java",
  tools: ["java", "javac", "curl"],
  built: "agent.jar",
  async prepare(run) {
    await run("javac", ["Main.java"]);
    await run("curl", ["-fsSL", "-o", "agent.part", AGENT]);
    await run("mv", ["agent.part", "agent.jar"]);
  },
  run: (run, address) =>
    run("java", ["-javaagent:agent.jar", "Main"], {
      PYROSCOPE_SERVER_ADDRESS: address,
      PYROSCOPE_APPLICATION_NAME: "interop.java",
      PYROSCOPE_FORMAT: "jfr",
      PYROSCOPE_UPLOAD_INTERVAL: "4s",
      PYROSCOPE_PROFILER_EVENT: "itimer",
      PYROSCOPE_PROFILER_ALLOC: "512k",
      PYROSCOPE_LABELS: "client=java",
      PYROSCOPE_LOG_LEVEL: "debug",
    }),
};

/** Grafana's SDK for Rust, from crates.io. */
export const rust: Client = {
  name: "rust",
  tools: ["cargo"],
  built: "target/debug/hot",
  async prepare(run) {
    // Without optimising: what it depends on takes half as long to compile.
    await run("cargo", ["build", "--quiet"]);
  },
  run: (run, address) => run("target/debug/hot", [], url(address)),
};

/** OpenTelemetry Collector's own client for profiles over gRPC, by the Go proxy. */
export const otlp: Client = {
  name: "otlp",
  tools: ["go"],
  built: "export",
  async prepare(run) {
    await run("go", ["mod", "download"]);
    await run("go", ["build", "-o", "export", "."]);
  },
  run: (run, address) => run("./export", [], url(address)),
};
