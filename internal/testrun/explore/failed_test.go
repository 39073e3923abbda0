package explore

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const failing = `package p

import "testing"

func TestAsserts(t *testing.T) {
	v, err := fetch()
	if err != nil {
		t.Fatal(err)
	}
	if v != 42 {
		t.Errorf("got %d", v)
	}
}

func TestCloses(t *testing.T) {
	s := start()
	if err := s.Ping(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if s.Open() {
		t.Error("open")
	}
}

func TestDefers(t *testing.T) {
	s := start()
	defer s.Close()
	t.Cleanup(func() { s.Stop() })
	must(t, s.Ping())
}

func TestReceives(t *testing.T) {
	done := start()
	must(t, nil)
	<-done
}

func must(t *testing.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}
`

func TestCutShort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "p_test.go"), []byte(failing), 0o666))
	tests := []struct {
		why, test, output string
		want              bool
	}{
		{"nothing after the assertion stops anything", "TestAsserts", "    p_test.go:8: context canceled\n", false},
		{"in a subtest", "TestAsserts", "        p_test.go:8: context canceled\n", false},
		{"the call of Close was skipped", "TestCloses", "    p_test.go:18: refused\n", true},
		{"it was not", "TestCloses", "    p_test.go:22: open\n", false},
		{"deferred calls run", "TestDefers", "    p_test.go:29: refused\n", false},
		{"a helper failed, and the test waits for nothing", "TestDefers", "    p_test.go:40: refused\n", false},
		{"a helper failed, and nobody knows where in the test", "TestReceives", "    p_test.go:40: refused\n", true},
		{"nothing says where it failed", "TestAsserts", "--- FAIL: TestAsserts\n", true},
		{"another test", "TestOther", "    p_test.go:8: x\n", true},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, cutShort(dir, tt.test, tt.output), tt.why)
	}
}
