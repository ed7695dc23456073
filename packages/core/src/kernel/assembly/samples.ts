// Single observations, for readers that must keep each with its time: 24 bytes { node, group, time f64, weight f64 }.
// JavaScript takes them out after every piece of input, so the buffer only ever holds one piece's worth.
import { allocate, regrow } from "./memory";

const STRIDE: u32 = 24;
let buffer: usize = 0;
let capacity: u32 = 0;
let count: u32 = 0;

export function addSample(node: u32, group: u32, time: f64, weight: f64): void {
  if (count == capacity) {
    if (capacity == 0) {
      capacity = 1 << 12;
      buffer = allocate(capacity * STRIDE);
    } else {
      buffer = regrow(buffer, capacity * STRIDE, capacity * 2 * STRIDE);
      capacity *= 2;
    }
  }
  const row = buffer + count * STRIDE;
  store<u32>(row, node);
  store<u32>(row, group, 4);
  store<f64>(row, time, 8);
  store<f64>(row, weight, 16);
  count++;
}

export function sampleCount(): u32 {
  return count;
}

export function sampleBuffer(): usize {
  return buffer;
}

export function dropSamples(): void {
  count = 0;
}
