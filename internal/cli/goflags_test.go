package cli

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/testrun"
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
			goArgs{before: []string{"./a"}, after: []string{"-tags=x y"}, packages: []string{"./a"}, files: []string{"-tags=x y"}, verbose: "true"}, ""},
		{"what follows an unknown flag is for the test binary", []string{"-custom", "value", "-race"},
			goArgs{after: []string{"-custom", "value", "-race"}, files: []string{"-race"}}, ""},
		{"after -args nothing is ours", []string{"./a", "-args", "-own=1", "-json"},
			goArgs{before: []string{"./a"}, after: []string{"-args", "-own=1", "-json"}, packages: []string{"./a"}}, ""},
		{"our flag, anywhere", []string{"./a", "-v", "--own", "1", "-json"},
			goArgs{before: []string{"./a"}, packages: []string{"./a"}, json: true, verbose: "true"}, "1"},
		{"a boolean takes no value", []string{"-race", "./a"},
			goArgs{before: []string{"-race", "./a"}, packages: []string{"./a"}, files: []string{"-race"}}, ""},
		{"the long form of a flag", []string{"-test.run", "X", "./a"},
			goArgs{before: []string{"-test.run=X", "./a"}, packages: []string{"./a"}}, ""},
		{"overlay and folder", []string{"-C", "dir", "-overlay", "o.json", "-json=false"},
			goArgs{dir: "dir", before: []string{"-overlay=o.json"}, files: []string{"-overlay=o.json"}, overlay: "o.json"}, ""},
		{"what decides about the output", []string{"-bench", ".", "-fuzz=", "-list=X", "-v=false"},
			goArgs{before: []string{"-bench=.", "-fuzz=", "-list=X"}, bench: true, list: true, verbose: "false"}, ""},
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
	for _, tt := range []struct {
		reason string
		given  goArgs
		want   []string
	}{
		{"tests print as without -json", goArgs{before: []string{"-overlay=mine", "a.go"}, after: []string{"-x"}},
			[]string{"-json", "-v=false", "a.go", "-x"}},
		{"the user's -v follows ours", goArgs{verbose: "true"}, []string{"-json", "-v=true"}},
		{"events as the user asks for them", goArgs{json: true}, []string{"-json"}},
		{"events with -v", goArgs{json: true, verbose: "false"}, []string{"-json", "-v=false"}},
	} {
		assert.Equal(t, append([]string{"test", "-vet=off", "-overlay=all"}, tt.want...), tt.given.args("all"), tt.reason)
	}
}

func TestFromGoFlags(t *testing.T) {
	t.Parallel()
	g := goArgs{}
	assert.Equal(t, "o.json", g.fromGoFlags([]string{"-overlay=o.json", "-v", "--json", "-race"}))
	assert.Equal(t, goArgs{json: true, verbose: "true"}, g)
	g = goArgs{overlay: "mine.json", verbose: "false"}
	assert.Equal(t, "mine.json", g.fromGoFlags([]string{"-overlay=o.json", "-v"}), "the command line counts")
	assert.Equal(t, "false", g.verbose)
}

func TestMode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason string
		given  goArgs
		want   testrun.Mode
	}{
		{"packages are named", goArgs{packages: []string{"."}}, testrun.Mode{Final: true}},
		{"the current folder", goArgs{}, testrun.Mode{Direct: true}},
		{"benchmarks", goArgs{packages: []string{"."}, bench: true}, testrun.Mode{Direct: true, Final: true}},
		{"fuzzing", goArgs{packages: []string{"."}, fuzz: true}, testrun.Mode{Direct: true}},
		{"names of tests", goArgs{packages: []string{"."}, list: true}, testrun.Mode{Passes: true, Final: true}},
		{"each test, as events", goArgs{packages: []string{"."}, verbose: "true", json: true}, testrun.Mode{JSON: true, Passes: true, Final: true}},
		{"not each test", goArgs{packages: []string{"."}, verbose: "false"}, testrun.Mode{Final: true}},
	} {
		assert.Equal(t, tt.want, tt.given.mode(), tt.reason)
	}
}

func TestSplitGoFlags(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"-a", "-tags=x y", "-b=c"}, splitGoFlags(` -a  '-tags=x y' "-b=c"`))
	assert.Empty(t, splitGoFlags(""))
}
