// Profiles itself with Go's own profiler and exports what it finds with the OpenTelemetry Collector's client: by
// gRPC, and once more as JSON over HTTP.
package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/google/pprof/profile"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pprofile"
	"go.opentelemetry.io/collector/pdata/pprofile/pprofileotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

//go:noinline
func hotFunction(n int) (sum int) {
	for i := 0; i < n; i++ {
		sum += i * i % 7
	}
	return sum
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func record() *profile.Profile {
	var buffer bytes.Buffer
	check(pprof.StartCPUProfile(&buffer))
	total := 0
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); {
		total += hotFunction(1_000_000)
	}
	pprof.StopCPUProfile()
	println(total)
	recorded, err := profile.Parse(&buffer)
	check(err)
	return recorded
}

// convert writes each sample as the eBPF profiler does: the times at which it was seen, and no values.
func convert(recorded *profile.Profile, service string) pprofile.Profiles {
	data := pprofile.NewProfiles()
	dictionary := data.Dictionary()
	texts := map[string]int32{}
	text := func(s string) int32 {
		if _, known := texts[s]; !known {
			texts[s] = int32(dictionary.StringTable().Len())
			dictionary.StringTable().Append(s)
		}
		return texts[s]
	}
	text("")
	dictionary.MappingTable().AppendEmpty()
	dictionary.LocationTable().AppendEmpty()
	dictionary.FunctionTable().AppendEmpty()
	dictionary.LinkTable().AppendEmpty()
	dictionary.AttributeTable().AppendEmpty()
	dictionary.StackTable().AppendEmpty()

	resource := data.ResourceProfiles().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", service)
	resource.Resource().Attributes().PutStr("client", "otlp")
	out := resource.ScopeProfiles().AppendEmpty().Profiles().AppendEmpty()
	out.SampleType().SetTypeStrindex(text("samples"))
	out.SampleType().SetUnitStrindex(text("count"))
	out.PeriodType().SetTypeStrindex(text("cpu"))
	out.PeriodType().SetUnitStrindex(text("nanoseconds"))
	out.SetPeriod(recorded.Period)
	out.SetTime(pcommon.Timestamp(recorded.TimeNanos))
	out.SetDurationNano(uint64(recorded.DurationNanos))

	functions := map[string]int32{}
	for _, sample := range recorded.Sample {
		stack := dictionary.StackTable().AppendEmpty()
		for _, location := range sample.Location {
			for _, line := range location.Line {
				name := strings.TrimPrefix(line.Function.Name, "main.")
				if _, known := functions[name]; !known {
					function := dictionary.FunctionTable().AppendEmpty()
					function.SetNameStrindex(text(name))
					place := dictionary.LocationTable().AppendEmpty()
					place.Lines().AppendEmpty().SetFunctionIndex(int32(dictionary.FunctionTable().Len() - 1))
					functions[name] = int32(dictionary.LocationTable().Len() - 1)
				}
				stack.LocationIndices().Append(functions[name])
			}
		}
		added := out.Samples().AppendEmpty()
		added.SetStackIndex(int32(dictionary.StackTable().Len() - 1))
		for i := int64(0); i < sample.Value[0]; i++ {
			added.TimestampsUnixNano().Append(uint64(recorded.TimeNanos + i*recorded.Period))
		}
	}
	return data
}

func main() {
	url := os.Getenv("FLAMBEAU_URL")
	recorded := record()
	connection, err := grpc.NewClient(strings.TrimPrefix(url, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(err)
	client := pprofileotlp.NewGRPCClient(connection)
	request := pprofileotlp.NewExportRequestFromProfiles(convert(recorded, "interop.otlp"))
	_, err = client.Export(context.Background(), request)
	check(err)

	body, err := pprofileotlp.NewExportRequestFromProfiles(convert(recorded, "interop.otlp.json")).MarshalJSON()
	check(err)
	answer, err := http.Post(url+"/v1development/profiles", "application/json", bytes.NewReader(body))
	check(err)
	if answer.StatusCode != 200 {
		panic(fmt.Sprint("HTTP ", answer.StatusCode))
	}
}
