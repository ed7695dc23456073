import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { seeded } from "../../../../test/support/reading.ts";
import { demangleCpp } from "./demangle/cpp.ts";
import { demangleRust } from "./demangle/rust.ts";
import { readableName } from "./readable-name.ts";

describe("a mangled name", () => {
  it.each([
    ["_ZN3foo3barEi", "foo::bar"],
    ["_ZNK3foo3barEv.part.0", "foo::bar"],
    ["_ZN2ns3FooIdE3barEi.isra.0.cold", "ns::Foo<double>::bar"],
    ["_Z4workPKc", "work"],
    ["_ZN12_GLOBAL__N_14workEv", "(anonymous namespace)::work"],
    ["_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad"],
    ["_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int> >::push_back"],
    ["_Z3maxIiET_S0_S0_", "max<int>"],
    ["_ZNSsC1Ev", "std::string::basic_string"],
    ["_ZN3foo3barB5cxx11Ev", "foo::bar[abi:cxx11]"],
    ["_ZN1AC4Ev", "A::A"],
    ["_ZN1AD0Ev", "A::~A"],
    ["_ZN1AcvbEv", "A::operator bool"],
    ["_ZN1AcvT_IiEEv", "A::operator int<int>"],
    ["_ZlsIcERSoS0_T_", "operator<< <char>"],
    ["_ZZ3fooIiEvT_ENKUlvE_clEv", "foo<int>(int)::{lambda()#1}::operator()"],
    ["_ZZN1A3runEvENKUlT_E_clIiEEDaS0_", "A::run()::{lambda(auto:1)#1}::operator()<int>"],
    ["_ZN1XUt_1fEv", "X::{unnamed type#1}::f"],
    ["_Z1fIJifEEvDpT_", "f<int, float>"],
    ["_ZN5w\u00f6rk1fEv", "wörk::f"],
    ["_RNvCs1234_7mycrate3foo", "mycrate::foo"],
    ["_RNvCs1234_7mycrate3foo.llvm.123", "mycrate::foo"],
    ["_RNCNvCs1234_7mycrate4main0B3_", "mycrate::main::{closure#0}"],
    [
      "_ZN3std2rt10lang_start28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
      "std::rt::lang_start::{{closure}}",
    ],
    ["_RNvNtCs1234_7mycrateu7caf_dma3foo", "mycrate::café::foo"],
    ["_ZNSaIcEC1Ev", "std::allocator<char>::allocator"],
    ["_ZThn16_N1A1fEi", "non-virtual thunk to A::f(int)"],
    ["_ZZ4mainENKUlT_E_clIiEEDaS_", "main::{lambda(auto:1)#1}::operator()<int>"],
    ["_ZZN1A1fEPFvPKcEENK1B1gEv", "A::f(void (*)(char const*))::B::g"],
    ["_Z1fILi3ELb1ELj4EEvv", "f<3, true, 4u>"],
    ["_Z1fIM1AFvRA3_iEEvT_", "f<void (A::*)(int (&) [3])>"],
    ["_ZN9__gnu_cxxeqIPKcSsEEbv@@V_1", "__gnu_cxx::operator==<char const*, std::string>@@V_1"],
    ["_ZN99xE", "_ZN99xE"],
    ["_Z", "_Z"],
    ["_R", "_R"],
    ["_ZN", "_ZN"],
    ["main", "main"],
    ["_Zebra", "_Zebra"],
  ])("%s is shown as %s", (symbol, name) => {
    expect(readableName(symbol)).toBe(name);
  });

  it.each([
    [
      "_Z1fPA3_iRA2_A3_iPFivEM1SKFvvEM1Si",
      "f(int (*) [3], int (&) [2][3], int (*)(), void (S::*)() const, int S::*)",
    ],
    ["_Z1fILi5ELj5ELb1ELc97ELln5EEvv", "void f<5, 5u, true, (char)97, -5l>()"],
    ["_Z3fooIiEDTplcvT_Li1EcvS0_Li2EES0_", "decltype (((int)(1))+((int)(2))) foo<int>(int)"],
    ["_ZTv0_n24_N3foo3barEi", "virtual thunk to foo::bar(int)"],
    ["_ZGVZ3foovE1x", "guard variable for foo()::x"],
    ["_Z1fDv4_f", "f(float __vector(4))"],
    ["_ZNKR3foo3barEv", "foo::bar() const &"],
    ["_Z1fIiEPFivET_", "int (*f<int>(int))()"],
    ["_Z1fIRiEvOT_", "void f<int&>(int&)"],
  ])("%s with its parameters is %s", (symbol, name) => {
    expect(demangleCpp(symbol, { parameters: true, expand: true })).toBe(name);
  });

  it("is given up where it would print without end", () => {
    // A<int, int>, then A<that, that> … : substitutions 1, 2, 3 …
    let bomb = "_Z1f1AIiiE";
    for (let i = 0; i < 40; i++) {
      const last = `S${i.toString(36).toUpperCase()}_`;
      bomb += `S_I${last}${last}E`;
    }
    expect(demangleCpp(bomb, { parameters: true, expand: false })).toBeUndefined();
    expect(readableName(`_Z${"P".repeat(30_000)}i`)).toMatch(/^_ZP/);
    expect(readableName(`_RNv${"B_".repeat(10_000)}`)).toMatch(/^_RNv/);
  });

  it("never makes the reader fall over, however it is damaged", () => {
    const next = seeded(7);
    const random = (below: number) => Math.floor(next() * below);
    const names = [
      "_ZNSt8_Rb_treeIiSt4pairIKiiESt10_Select1stIS2_ESt4lessIiESaIS2_EE22_M_emplace_hint_uniqueIJRKSt21piecewise_construct_tSt5tupleIJRS1_EESG_IJEEEEESt17_Rb_tree_iteratorIS2_ESt23_Rb_tree_const_iteratorIS2_EDpOT_",
      "_ZZN1A3runEvENKUlT_E_clIiEEDTcl1gfp_EES0_",
      "_Z3fooIXsr3FooIiE5valueEXadL_Z3barvEELPKc0EEvMS_KFvDpT_ES1_",
      "_RINvMNtCsfq2Zq5gqAK1_2v04shopINtB3_4CartmKj3_E4eachNCNvB5_4main0FG_RL0_eEuB5_",
    ];
    let read = 0;
    for (let i = 0; i < 3000; i++) {
      const chars = [...names[i % names.length]!];
      for (let n = 1 + random(3); n > 0; n--) {
        const at = 2 + random(chars.length - 2);
        chars[at] =
          random(2) === 0 ? String.fromCharCode(33 + random(94)) : chars[2 + random(chars.length - 2)]!;
        if (random(4) === 0) chars.splice(at, random(20));
      }
      const name = readableName(chars.join(""));
      expect(name.length).toBeLessThan(40_000);
      if (!/^_[ZR]/.test(name)) read++;
    }
    expect(read).toBeGreaterThan(100);
  });
});

/** What the dynamic linker's tables of installed libraries name: libraries that most machines have. */
function symbolsOf(library: string): string[] {
  const path = spawnSync(
    "sh",
    ["-c", `ls /usr/lib/*/${library} /usr/lib64/${library} 2>/dev/null | head -1`],
    {
      encoding: "utf8",
    },
  ).stdout.trim();
  if (path === "") return [];
  const listed = spawnSync("nm", ["-D", "--defined-only", path], { encoding: "utf8", maxBuffer: 1 << 28 });
  const names = (listed.stdout ?? "").split("\n").map((line) => line.split(" ")[2]?.replace(/@.*/, "") ?? "");
  return [...new Set(names.filter((name) => name.startsWith("_Z")))];
}

describe("real names, against c++filt", () => {
  const hasFilt = spawnSync("c++filt", ["--version"]).status === 0;
  if (!hasFilt) console.warn("c++filt is not installed: names are not compared with it");

  it.skipIf(!hasFilt).each([
    ["libstdc++.so.6", 0.999],
    ["libLLVM-*.so.1", 0.999],
  ])("%s: at least %f of them are the same", (library, share) => {
    const symbols = symbolsOf(library);
    if (symbols.length === 0) return console.warn(`${library} is not installed: its names are not compared`);
    const filtered = (...args: string[]) =>
      execFileSync("c++filt", args, {
        input: symbols.join("\n"),
        encoding: "utf8",
        maxBuffer: 1 << 28,
      }).split("\n");
    for (const parameters of [true, false]) {
      const theirs = filtered(...(parameters ? [] : ["-p"]));
      const same = symbols.filter(
        (symbol, i) => (demangleCpp(symbol, { parameters, expand: true }) ?? symbol) === theirs[i],
      ).length;
      console.log(
        `${library}: ${same} of ${symbols.length} as c++filt, ${parameters ? "with" : "without"} parameters`,
      );
      expect(same / symbols.length).toBeGreaterThanOrEqual(share);
    }
  });

  it.skipIf(!hasFilt)("Rust's new names", () => {
    const symbols = [
      "_RINvMNtCsfq2Zq5gqAK1_2v04shopINtB3_4CartmKj3_E4eachNCNvB5_4main0EB5_",
      "_RNvYFG_FG0_RL1_hEuEuNtCs1_3foo3Bar3baz",
      "_RNvXs_Cs1_3fooRShNtB4_5Price5price",
      "_RINvCs1_3foo3barDINtB2_1TmEp4ItemhEL_E",
      "_RINvCs1_3foo3barTcEFUKCPhEuKb1_Kc78_Kin5_E",
    ];
    const theirs = execFileSync("c++filt", ["-s", "rust"], { input: symbols.join("\n"), encoding: "utf8" })
      .split("\n")
      .map((name) => name.replace(/(?<=\w)\[[0-9a-f]+\]/g, "").replace(/(\d|true|'x'): \w+/g, "$1"));
    expect(symbols.map(demangleRust)).toEqual(theirs.slice(0, symbols.length));
  });
});
