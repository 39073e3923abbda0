package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mini is a program of our own whose kernels behave the same in every run.
var mini = program{name: "mini", dir: filepath.Join("testdata", "mini")}

func TestProgramKernels(t *testing.T) {
	t.Parallel()
	got, err := mini.kernels()
	require.NoError(t, err)
	assert.Equal(t, []kernel{{"Leaks", "main"}, {"Ends", "main"}, {"Crashes", "main"}, {"Hangs", "main"}, {"Stays", "main"}}, got)

	p := mini
	p.family = "small"
	got, err = p.kernels()
	require.NoError(t, err)
	assert.Equal(t, kernel{"Leaks", "small"}, got[0])
}

func TestProgramKernelsErrors(t *testing.T) {
	t.Parallel()
	write := func(name, src string) program {
		p := program{dir: t.TempDir()}
		require.NoError(t, os.WriteFile(filepath.Join(p.dir, name), []byte(src), 0o666))
		return p
	}
	for _, row := range []struct {
		reason string
		p      program
		want   string
	}{
		{"an older Go release has no such folder", program{dir: filepath.Join(t.TempDir(), "none")}, "no Go files; these kernels came with Go 1.27"},
		{"a later release may register in another way", write("a.go", "package main\n\nfunc init() { add(1) }\n"), `no call of register("Name", Name)`},
		{"a name of its own has no function to call", write("a.go", "package main\n\nfunc init() { register(\"a\", b); register(x, x); register(\"c\") }\n"), `no call of register("Name", Name)`},
		{"broken source is named with its position", write("a.go", "package main\n\nfunc {\n"), "a.go:3:6: "},
	} {
		_, err := row.p.kernels()
		assert.ErrorContains(t, err, row.want, row.reason)
	}
}
