/** Profiled by Grafana's Java agent, as its documentation says. */
public class Main {
    static volatile long sink;

    static long hotFunction(int count) {
        long total = 0;
        for (int i = 0; i < count; i++) {
            total += (long) Math.sqrt(i * 31 % 1009) ^ i;
        }
        return total;
    }

    public static void main(String[] args) throws InterruptedException {
        long end = System.currentTimeMillis() + 12_000;
        while (System.currentTimeMillis() < end) {
            sink += hotFunction(1_000_000);
        }
        Thread.sleep(2_000);
    }
}
