// Compiled again and again by AssemblyScript's compiler (itself JavaScript) as part of the captured workload.
class Item {
  constructor(
    public key: string,
    public weight: f64,
  ) {}
}

function order(items: Array<Item>): Array<Item> {
  return items.sort((a, b) => (a.weight < b.weight ? -1 : a.weight > b.weight ? 1 : 0));
}

export function sum(count: i32): f64 {
  const items: Item[] = [];
  const seen = new Map<string, Item>();
  for (let i = 0; i < count; i++) {
    const item = new Item(`item ${i % 100}`, <f64>((i * 7919) % 1013));
    items.push(item);
    seen.set(item.key, item);
  }
  let total: f64 = 0;
  const sorted = order(items);
  for (let i = 0; i < sorted.length; i++) total += sorted[i].weight * <f64>seen.size;
  return total;
}
