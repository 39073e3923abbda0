package main

// user is a module with packages whose tests import goleak, and whose suite
// needs no network and no service.
type user struct {
	module, version string
	packages        []string // as go test takes them
	remark          string   // what is left out
}

var users = []user{
	{module: "go.uber.org/fx", version: "v1.24.0",
		packages: []string{".", "./fxevent", "./fxtest", "./internal/fxlog", "./internal/fxreflect", "./internal/lifecycle"}},
	{module: "go.uber.org/zap", version: "v1.28.0", packages: []string{".", "./zapcore"}},
	{module: "github.com/uber-go/tally/v4", version: "v4.1.17", packages: []string{"."}},
	{module: "github.com/cilium/statedb", version: "v0.9.4", packages: []string{"."}},
	{module: "github.com/gammazero/workerpool", version: "v1.1.3", packages: []string{"."}},
	{module: "github.com/grafana/dskit", version: "v0.0.0-20260703122047-de1ec7541c44",
		packages: []string{"./concurrency", "./services", "./tracing"},
		remark:   "without ./ring, which takes minutes"},
}
