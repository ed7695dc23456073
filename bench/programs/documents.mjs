// A workload for captures: parses, transforms and prints nested JSON-like documents by recursion, with
// closures, sorting, regular expressions and Maps in the stacks. Usage: node documents.mjs SECONDS
const seconds = Number(process.argv[2] ?? 5);
let seed = 7;
const random = (n) => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return (seed >> 8) % n;
};

const makers = [
  function text() {
    return Array.from({ length: 3 + random(20) }, () => String.fromCharCode(97 + random(26))).join("");
  },
  function amount() {
    return random(100000) / 100;
  },
  function list(depth) {
    return Array.from({ length: 1 + random(4) }, () => make(depth - 1));
  },
  function record(depth) {
    return Object.fromEntries(
      Array.from({ length: 1 + random(4) }, () => [`k${random(50)}`, make(depth - 1)]),
    );
  },
];
function make(depth) {
  return makers[depth <= 0 ? random(2) : 1 + random(3)](depth);
}

class Parser {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }
  value() {
    const c = this.text[this.at];
    if (c === "{") return this.record();
    if (c === "[") return this.list();
    if (c === '"') return this.string();
    return this.number();
  }
  record() {
    const out = new Map();
    do {
      this.at++;
      const key = this.string();
      this.at++;
      out.set(key, this.value());
    } while (this.text[this.at] === ",");
    this.at++;
    return out;
  }
  list() {
    const out = [];
    do {
      this.at++;
      out.push(this.value());
    } while (this.text[this.at] === ",");
    this.at++;
    return out;
  }
  string() {
    const end = this.text.indexOf('"', this.at + 1);
    const out = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    return out;
  }
  number() {
    const match = /^[0-9.]+/.exec(this.text.slice(this.at, this.at + 20));
    this.at += match[0].length;
    return Number(match[0]);
  }
}

const visitors = {
  Map: (map) =>
    new Map([...map].sort(([a], [b]) => a.localeCompare(b)).map(([key, value]) => [key, visit(value)])),
  Array: (array) => array.map((item) => visit(item)).filter((item) => item !== undefined),
  String: (text) => text.replace(/[aeiou]+/g, (vowels) => vowels.toUpperCase()),
  Number: (number) => Math.round(Math.sqrt(number) * 100) / 100,
};
function visit(value) {
  return visitors[value.constructor.name](value);
}
function size(value) {
  if (value instanceof Map) return [...value.values()].reduce((sum, item) => sum + size(item), 1);
  if (Array.isArray(value)) return value.reduce((sum, item) => sum + size(item), 1);
  return 1;
}

const end = Date.now() + seconds * 1000;
let total = 0;
while (Date.now() < end) {
  const text = JSON.stringify({ root: make(14) });
  total += size(visit(new Parser(text).value()));
}
console.log(total);
