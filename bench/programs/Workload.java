import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Keeps four threads busy with deep and varied stacks: `java Workload.java SECONDS`. */
public final class Workload {
  private interface Shape {
    double area(int depth);
  }

  private static volatile double sink;

  private static double recurse(Shape shape, int depth) {
    return depth == 0 ? shape.area(depth) : recurse(shape, depth - 1) + shape.area(depth);
  }

  private static double texts(int seed) {
    Map<String, Integer> words = new TreeMap<>();
    for (int i = 0; i < 2000; i++) words.merge("word" + (i * seed) % 700, 1, Integer::sum);
    return words.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .collect(Collectors.summingInt(Map.Entry::getValue));
  }

  private static double lists(int seed) {
    List<int[]> kept = new ArrayList<>();
    for (int i = 0; i < 300; i++) kept.add(new int[200 + (i * seed) % 300]);
    return kept.stream().mapToInt(one -> one.length).filter(n -> n % 2 == 0).sum();
  }

  private static double maps(int seed) {
    return IntStream.range(0, 5000)
        .boxed()
        .collect(Collectors.groupingBy(i -> (i * seed) % 97, HashMap::new, Collectors.counting()))
        .values().stream().mapToLong(Long::longValue).max().orElse(0);
  }

  public static void main(String[] arguments) throws InterruptedException {
    long end = System.nanoTime() + Long.parseLong(arguments[0]) * 1_000_000_000L;
    Shape[] shapes = {d -> texts(d + 3), d -> lists(d + 7), d -> maps(d + 11), d -> Math.sqrt(d) * maps(d)};
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      int first = t;
      Thread thread = new Thread(() -> {
        for (int i = first; System.nanoTime() < end; i++) sink += recurse(shapes[i % shapes.length], i % 40);
      }, "worker-" + t);
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) thread.join();
  }
}
