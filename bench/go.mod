module github.com/leakcheck-go/goroutine/bench

go 1.26.0

replace github.com/leakcheck-go/goroutine => ../

require (
	github.com/DataDog/gostackparse v0.7.0
	github.com/leakcheck-go/goroutine v0.0.0-00010101000000-000000000000
	github.com/maruel/panicparse/v2 v2.5.0
	github.com/onsi/gomega v1.44.0
	github.com/stretchr/testify v1.12.1
	go.uber.org/goleak v1.3.0
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect
