import { existsSync, readFileSync } from "node:fs";

/** True where a browser window can be expected to appear: not in CI, not without a display. */
export function canOpenBrowser(): boolean {
  const { env, platform } = process;
  if (env.CI !== undefined && env.CI !== "" && env.CI !== "false") return false;
  if (platform !== "linux") return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY) || insideWindows();
}

/** Windows Subsystem for Linux: the browser is that of Windows. */
function insideWindows(): boolean {
  const release = "/proc/sys/kernel/osrelease";
  return existsSync(release) && /microsoft/i.test(readFileSync(release, "utf8"));
}

/** Opens a file in the browser and does not wait for it. False: no program for it could be started. */
export async function openInBrowser(path: string): Promise<boolean> {
  const { default: open } = await import("open");
  try {
    const child = await open(path);
    return await new Promise((resolve) => {
      child.once("error", () => resolve(false));
      // A program that is missing says so at once.
      setTimeout(() => resolve(true), 200);
    });
  } catch {
    return false;
  }
}
