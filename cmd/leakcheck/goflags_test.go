package main

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSplitArgs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		args   []string
		want   goArgs
		ours   string // value of our flag -own
	}{
		{"packages alone", []string{"./...", "m"},
			goArgs{before: []string{"./...", "m"}, packages: []string{"./...", "m"}}, ""},
		{"a value is no package", []string{"-run", "X", "-count=1", "./a"},
			goArgs{before: []string{"-run=X", "-count=1", "./a"}, packages: []string{"./a"}}, ""},
		{"flags of go test after the packages", []string{"./a", "-tags", "x y", "-v"},
			goArgs{before: []string{"./a"}, after: []string{"-tags=x y", "-v"}, packages: []string{"./a"}, files: []string{"-tags=x y"}}, ""},
		{"what follows an unknown flag is for the test binary", []string{"-custom", "value", "-race"},
			goArgs{after: []string{"-custom", "value", "-race"}, files: []string{"-race"}}, ""},
		{"after -args nothing is ours", []string{"./a", "-args", "-own=1", "-json"},
			goArgs{before: []string{"./a"}, after: []string{"-args", "-own=1", "-json"}, packages: []string{"./a"}}, ""},
		{"our flag, anywhere", []string{"./a", "-v", "--own", "1", "-json"},
			goArgs{before: []string{"./a"}, after: []string{"-v", "-json"}, packages: []string{"./a"}, json: true}, "1"},
		{"a boolean takes no value", []string{"-race", "./a"},
			goArgs{before: []string{"-race", "./a"}, packages: []string{"./a"}, files: []string{"-race"}}, ""},
		{"the long form of a flag", []string{"-test.run", "X", "./a"},
			goArgs{before: []string{"-test.run=X", "./a"}, packages: []string{"./a"}}, ""},
		{"overlay and folder", []string{"-C", "dir", "-overlay", "o.json", "-json=false"},
			goArgs{dir: "dir", before: []string{"-overlay=o.json", "-json=false"}, files: []string{"-overlay=o.json"}, overlay: "o.json"}, ""},
	}
	for _, tt := range tests {
		fs := flag.NewFlagSet("", flag.ContinueOnError)
		own := fs.String("own", "", "")
		got, err := splitArgs(fs, tt.args)
		require.NoError(t, err, tt.reason)
		assert.Equal(t, tt.want, *got, tt.reason)
		assert.Equal(t, tt.ours, *own, tt.reason)
	}
}

func TestGoArgs(t *testing.T) {
	t.Parallel()
	g := goArgs{before: []string{"-overlay=mine", "a.go"}, after: []string{"-v"}}
	assert.Equal(t, []string{"test", "-vet=off", "-overlay=all", "a.go", "b.go", "-v"}, g.args("all", []string{"b.go"}))
}

func TestSplitGoFlags(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"-a", "-tags=x y", "-b=c"}, splitGoFlags(` -a  '-tags=x y' "-b=c"`))
	assert.Empty(t, splitGoFlags(""))
}

func TestAddGodebug(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "tracebackancestors=10,tracebacklabels=1", addGodebug(""))
	assert.Equal(t, "x=1,tracebacklabels=0,tracebackancestors=10", addGodebug("x=1,tracebacklabels=0"), "the user's setting stays")
}
