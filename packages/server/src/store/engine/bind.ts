/** What can stand for a placeholder. */
export type Bindable =
  | string
  | number
  | bigint
  | readonly (string | number | bigint)[]
  | BigUint64Array
  | Uint32Array;

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*):([A-Za-z0-9_]+(?:\([A-Za-z0-9_]+\))?)\}/g;
const SIGNED = /^-?\d{1,20}$/;
const NUMBER_TYPE = /^U?Int(?:8|16|32|64)$/;

/**
 * Puts `params` into the placeholders `{name:Type}` of a statement, as literals. We do it here, because the
 * embedded engine runs statements with parameters one at a time in the whole process, and because a server takes
 * parameters in the URL, where long lists have no room.
 *
 * Types: String, Int8 … UInt64, Float64, Date (`YYYY-MM-DD`), DateTime (seconds), DateTime64 (milliseconds), UUID,
 * and Array(…) of String and integers.
 * @throws Error where a parameter is missing or is not of its type: a bug of the caller, not the user's doing
 */
export function bind(sql: string, params: Readonly<Record<string, Bindable>> = {}): string {
  return sql.replace(PLACEHOLDER, (_, name: string, type: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (value === undefined) throw new Error(`no value for {${name}:${type}}`);
    return literal(value, type);
  });
}

function literal(value: Bindable, type: string): string {
  const inner = /^Array\((\w+)\)$/.exec(type)?.[1];
  if (inner !== undefined) {
    if (typeof value !== "object") throw new Error(`${type} needs a list`);
    const items: string[] = [];
    for (const item of value) items.push(literal(item, inner));
    // The type of an empty list, and of one whose numbers are small, is the one that was asked for.
    return `CAST([${items.join(",")}],'${type}')`;
  }
  if (typeof value === "object") throw new Error(`${type} needs one value, not a list`);
  if (NUMBER_TYPE.test(type)) return integer(value, type);
  switch (type) {
    case "String":
      return quoted(String(value));
    case "Float64":
      return `toFloat64(${quoted(String(Number(value)))})`;
    case "Date":
      return `toDate(${quoted(String(value))})`;
    case "DateTime":
      return `toDateTime(${integer(value, type)},'UTC')`;
    case "DateTime64":
      return `fromUnixTimestamp64Milli(toInt64(${integer(value, type)}),'UTC')`;
    case "UUID":
      return `toUUID(${quoted(String(value))})`;
    default:
      throw new Error(`type ${type} cannot be bound`);
  }
}

function integer(value: string | number | bigint, type: string): string {
  const text = typeof value === "number" ? String(Math.trunc(value)) : String(value);
  if (!SIGNED.test(text)) throw new Error(`${JSON.stringify(text)} is not a number of type ${type}`);
  return text;
}

/** A string literal. Only backslash and quote end or change one; the rest stands for itself. */
export function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&").replaceAll("\0", "\\0")}'`;
}
