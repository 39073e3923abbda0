module github.com/leakcheck-go/goroutine

go 1.26.0

require github.com/stretchr/testify v1.12.1

require (
	github.com/rogpeppe/go-internal v1.14.1 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sys v0.46.0 // indirect
	golang.org/x/term v0.44.0 // indirect
)
