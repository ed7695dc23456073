// Profiled by Grafana's Go SDK, as its documentation says.
package main

import (
	"context"
	"os"
	"time"

	"github.com/grafana/pyroscope-go"
)

//go:noinline
func hotFunction(n int) (sum int) {
	for i := 0; i < n; i++ {
		sum += i * i % 7
	}
	return sum
}

func main() {
	profiler, err := pyroscope.Start(pyroscope.Config{
		ApplicationName: "interop.go",
		ServerAddress:   os.Getenv("FLAMBEAU_URL"),
		UploadRate:      2 * time.Second,
		Tags:            map[string]string{"client": "go"},
	})
	if err != nil {
		panic(err)
	}
	total := 0
	pyroscope.TagWrapper(context.Background(), pyroscope.Labels("controller", "orders"), func(context.Context) {
		for end := time.Now().Add(6 * time.Second); time.Now().Before(end); {
			total += hotFunction(1_000_000)
		}
	})
	profiler.Stop()
	println(total)
}
