package heap

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// TestSymbols reads the tables of all formats: the linker writes them for any
// system.
func TestSymbols(t *testing.T) {
	dir := t.TempDir()
	src := filepath.Join(dir, "main.go")
	require.NoError(t, os.WriteFile(src, []byte(`package main

var registry = map[string]chan int{"x": make(chan int)}

func main() { <-registry["x"] }
`), 0o600))
	for _, tt := range []struct {
		os, arch, mode string
		read           func(*executable) []Symbol
	}{
		{"linux", "amd64", "exe", elfSymbols},
		{"linux", "amd64", "pie", elfSymbols},
		{"darwin", "arm64", "pie", machoSymbols},
		{"windows", "amd64", "pie", peSymbols},
	} {
		if tt.mode != "exe" && !steady.Full() {
			continue // the standard library is compiled for it
		}
		t.Run(tt.os+" "+tt.mode, func(t *testing.T) {
			bin := filepath.Join(dir, tt.os+tt.mode)
			cmd := exec.Command("go", "build", "-buildmode="+tt.mode, "-o", bin, src)
			cmd.Env = append(os.Environ(), "GOOS="+tt.os, "GOARCH="+tt.arch, "CGO_ENABLED=0", "GOFLAGS=", "GO111MODULE=off")
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			s := readSymbols(bin, tt.read)
			require.NotNil(t, s, "the table is there")
			var at uint64
			for _, v := range s.vars {
				if v.Name == "main.registry" {
					at = v.Addr
				}
			}
			require.NotZero(t, at)
			assert.Equal(t, "main.registry", s.name(at))
			assert.Equal(t, "main.registry", s.name(at+7), "the last byte of the variable")
			s.slide = 1 << 40
			assert.Equal(t, "main.registry", s.name(1<<40+at), "loaded elsewhere")
		})
	}
}
