import type { Client } from "./client.ts";

/** A language of the guide: its heading, and a program around the lines that stand there. */
interface Language {
  readonly title: string;
  client(lines: string): Client;
}

/** The code below a heading of the guide. */
export function snippetOf(guide: string, title: string): string {
  const found = new RegExp(`^### ${title}\\n\`\`\`\\w+\\n(.*?)^\`\`\``, "ms").exec(guide);
  if (found === null) throw new Error(`the guide has no code for ${title}`);
  return found[1]!;
}

/** Seconds that a program burns: longer than SDKs wait before they push. */
const SECONDS = 25;

/** The command that the first line tells, as a comment. */
function command(lines: string): string {
  return /^(?:\/\/|#) (.*)$/m.exec(lines)![1]!;
}

/** Lines that must stand at the top of a file, and all others. */
function parted(lines: string, isTop: RegExp): readonly [top: string, body: string] {
  const all = lines.split("\n");
  return [
    all.filter((line) => isTop.test(line)).join("\n"),
    all.filter((line) => !isTop.test(line)).join("\n"),
  ];
}

function go(lines: string): Client {
  const [imports, body] = parted(lines, /^import /);
  return {
    name: "guide-go",
    files: {
      "main.go": `package main
${imports}
import "time"
//go:noinline
func hot(n int) (s int) { for i := 0; i < n; i++ { s += i * i % 7 }; return }
func main() {
${body}
t := 0
for end := time.Now().Add(${SECONDS} * time.Second); time.Now().Before(end); { t += hot(1000000) }
println(t)
}
`,
    },
    tools: ["go"],
    built: "go.sum",
    prepare: (run) => run("sh", ["-c", `test -f go.mod || go mod init guide; ${command(lines)}`]),
    run: (run) => run("sh", ["-c", "go build -o guide . && ./guide"]),
  };
}

function python(lines: string): Client {
  return {
    name: "guide-python",
    files: {
      "main.py": `${lines}
import time
def hot():
    s = 0
    for i in range(100000): s += i * i % 7
    return s
end = time.time() + ${SECONDS}
while time.time() < end: hot()
`,
    },
    tools: ["python3"],
    built: "venv/ready",
    prepare: (run) =>
      run("sh", [
        "-c",
        `python3 -m venv venv && . venv/bin/activate && ${command(lines)} && touch venv/ready`,
      ]),
    run: (run) => run("venv/bin/python", ["main.py"]),
  };
}

function node(lines: string): Client {
  return {
    name: "guide-node",
    files: {
      // The SDK pushes once a minute.
      "main.mjs": `${lines}
function hot() { let s = 0; for (let i = 0; i < 1e6; i++) s += (i * i) % 7; return s; }
const end = Date.now() + 65000;
setInterval(() => { hot(); if (Date.now() > end) process.exit(0); }, 5);
`,
    },
    tools: ["node", "npm"],
    built: "node_modules/@pyroscope/nodejs/package.json",
    prepare: (run) => run("sh", ["-c", `npm init -y && ${command(lines)}`]),
    run: (run) => run("node", ["main.mjs"]),
  };
}

function java(lines: string): Client {
  return {
    name: "guide-java",
    files: {
      "Shop.java": `public class Shop {
static long hot(int n) { long s = 0; for (int i = 0; i < n; i++) s += i * (long) i % 7; return s; }
public static void main(String[] a) {
long end = System.currentTimeMillis() + ${SECONDS}000, t = 0;
while (System.currentTimeMillis() < end) t += hot(1000000);
System.out.println(t);
} }
`,
    },
    tools: ["java", "javac", "jar", "curl"],
    built: "shop.jar",
    prepare: (run) => run("sh", ["-c", "javac Shop.java && jar cfe shop.jar Shop Shop.class"]),
    run: (run) => run("sh", ["-ec", lines]),
  };
}

function rust(lines: string): Client {
  const [uses, body] = parted(lines, /^(?:use|\/\/ cargo) /);
  const program = `let end = std::time::Instant::now() + std::time::Duration::from_secs(${SECONDS});
let mut t = 0;
while std::time::Instant::now() < end { t += hot(1000000); }
println!("{t}");`;
  return {
    name: "guide-rust",
    files: {
      "main.rs": `${uses}
#[inline(never)]
fn hot(n: u64) -> u64 { (0..n).fold(0, |s, i| std::hint::black_box(s + i * i % 7)) }
fn main() -> Result<(), Box<dyn std::error::Error>> {
${body.replace("// … your program …", program)}
Ok(())
}
`,
    },
    tools: ["cargo"],
    built: "shop/Cargo.lock",
    prepare: (run) => run("sh", ["-c", `cargo new shop && cd shop && ${command(lines)}`]),
    run: (run) => run("sh", ["-c", "cp main.rs shop/src/ && cd shop && cargo run --release --quiet"]),
  };
}

/** All languages of the guide whose programs profile themselves. */
export const languages: readonly Language[] = [
  { title: "Go", client: go },
  { title: "Python", client: python },
  { title: "Node", client: node },
  { title: "Java", client: java },
  { title: "Rust", client: rust },
];
