import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const ENDINGS = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a command and resolves to its exit code (127 where it is not there, 124 after `timeout` ms).
 * Its output goes where ours goes, or, with `quiet`, is kept and returned. With a timeout it runs in a process
 * group of its own, so that its workers end with it.
 */
export function run(command, args, { quiet = false, timeout = 0, cwd = root, env = {} } = {}) {
  return new Promise((resolve) => {
    const stdio = quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"];
    const shell = process.platform === "win32" && command === "npm";
    const detached = timeout > 0 && process.platform !== "win32";
    const child = spawn(command, args, { cwd, stdio, shell, detached, env: { ...process.env, ...env } });
    const kill = (signal) => {
      if (!detached) return child.kill(signal);
      try {
        process.kill(-child.pid, signal);
      } catch {
        // The group has ended already.
      }
    };
    if (detached) for (const signal of ENDINGS) process.on(signal, kill);
    let output = "";
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    let late = false;
    const timer =
      timeout > 0 &&
      setTimeout(() => {
        late = true;
        kill("SIGKILL");
      }, timeout);
    const finish = (code) => {
      clearTimeout(timer);
      for (const signal of ENDINGS) process.off(signal, kill);
      resolve({ code: late ? 124 : code, output });
    };
    child.on("error", (error) => {
      output += error.message;
      finish(127);
    });
    child.on("close", (code) => finish(code ?? 1));
  });
}

/** Runs npm: the one that runs us, where there is one. */
export function npm(args, options) {
  const path = process.env.npm_execpath;
  return path?.endsWith(".js") ? run(process.execPath, [path, ...args], options) : run("npm", args, options);
}

/** Runs a program of node_modules through this same Node. */
export function tool(name, args, options) {
  const scripts = {
    biome: "node_modules/@biomejs/biome/bin/biome",
    knip: "node_modules/knip/bin/knip.js",
    playwright: "node_modules/playwright/cli.js",
    tsc: "node_modules/typescript/bin/tsc",
    vitest: "node_modules/vitest/vitest.mjs",
  };
  return run(process.execPath, [scripts[name], ...args], options);
}
