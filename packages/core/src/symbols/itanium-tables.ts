/** Types of one letter (Itanium C++ ABI, 5.1.5.2). */
export const BUILTIN_TYPES: ReadonlyMap<string, string> = new Map([
  ["v", "void"],
  ["w", "wchar_t"],
  ["b", "bool"],
  ["c", "char"],
  ["a", "signed char"],
  ["h", "unsigned char"],
  ["s", "short"],
  ["t", "unsigned short"],
  ["i", "int"],
  ["j", "unsigned int"],
  ["l", "long"],
  ["m", "unsigned long"],
  ["x", "long long"],
  ["y", "unsigned long long"],
  ["n", "__int128"],
  ["o", "unsigned __int128"],
  ["f", "float"],
  ["d", "double"],
  ["e", "long double"],
  ["g", "__float128"],
  ["z", "..."],
]);

/** Types that begin with D. */
export const D_TYPES: ReadonlyMap<string, string> = new Map([
  ["d", "decimal64"],
  ["e", "decimal128"],
  ["f", "decimal32"],
  ["h", "half"],
  ["i", "char32_t"],
  ["s", "char16_t"],
  ["u", "char8_t"],
  ["a", "auto"],
  ["c", "decltype(auto)"],
  ["n", "decltype(nullptr)"],
]);

/** What stands behind a number of such a type; of other types their name stands in front, in brackets. */
export const LITERAL_SUFFIXES: ReadonlyMap<string, string> = new Map([
  ["i", ""],
  ["j", "u"],
  ["l", "l"],
  ["m", "ul"],
  ["x", "ll"],
  ["y", "ull"],
]);

/** Operators (5.1.4.2). */
export const OPERATORS: ReadonlyMap<string, string> = new Map([
  ["nw", " new"],
  ["na", " new[]"],
  ["dl", " delete"],
  ["da", " delete[]"],
  ["aw", " co_await"],
  ["ps", "+"],
  ["ng", "-"],
  ["ad", "&"],
  ["de", "*"],
  ["co", "~"],
  ["pl", "+"],
  ["mi", "-"],
  ["ml", "*"],
  ["dv", "/"],
  ["rm", "%"],
  ["an", "&"],
  ["or", "|"],
  ["eo", "^"],
  ["aS", "="],
  ["pL", "+="],
  ["mI", "-="],
  ["mL", "*="],
  ["dV", "/="],
  ["rM", "%="],
  ["aN", "&="],
  ["oR", "|="],
  ["eO", "^="],
  ["ls", "<<"],
  ["rs", ">>"],
  ["lS", "<<="],
  ["rS", ">>="],
  ["eq", "=="],
  ["ne", "!="],
  ["lt", "<"],
  ["gt", ">"],
  ["le", "<="],
  ["ge", ">="],
  ["ss", "<=>"],
  ["nt", "!"],
  ["aa", "&&"],
  ["oo", "||"],
  ["pp", "++"],
  ["mm", "--"],
  ["cm", ","],
  ["pm", "->*"],
  ["pt", "->"],
  ["cl", "()"],
  ["ix", "[]"],
  ["qu", "?"],
]);

const TRAITS = "char, std::char_traits<char>";

/** Abbreviations of the standard library: as a type, in front of a member, and the class's own name. */
export const STANDARD: ReadonlyMap<string, readonly [shown: string, full: string, own: string]> = new Map([
  ["a", ["std::allocator", "std::allocator", "allocator"]],
  ["b", ["std::basic_string", "std::basic_string", "basic_string"]],
  ["s", ["std::string", `std::basic_string<${TRAITS}, std::allocator<char> >`, "basic_string"]],
  ["i", ["std::istream", `std::basic_istream<${TRAITS} >`, "basic_istream"]],
  ["o", ["std::ostream", `std::basic_ostream<${TRAITS} >`, "basic_ostream"]],
  ["d", ["std::iostream", `std::basic_iostream<${TRAITS} >`, "basic_iostream"]],
]);

/** Symbols that the compiler makes of others; those of an encoding, not a type, are marked. */
export const SPECIAL: ReadonlyMap<string, readonly [words: string, of: "type" | "name" | "encoding"]> =
  new Map([
    ["TV", ["vtable for ", "type"]],
    ["TT", ["VTT for ", "type"]],
    ["TI", ["typeinfo for ", "type"]],
    ["TS", ["typeinfo name for ", "type"]],
    ["GV", ["guard variable for ", "name"]],
    ["TW", ["TLS wrapper function for ", "name"]],
    ["TH", ["TLS init function for ", "name"]],
    ["Th", ["non-virtual thunk to ", "encoding"]],
    ["Tv", ["virtual thunk to ", "encoding"]],
  ]);
