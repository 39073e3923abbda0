package testrun

import (
	"flag"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSplitArgs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		args   []string
		want   Args
		ours   string // value of our flag -own
	}{
		{"packages alone", []string{"./...", "m"},
			Args{before: []string{"./...", "m"}, packages: []string{"./...", "m"}}, ""},
		{"a value is no package", []string{"-run", "X", "-count=1", "./a"},
			Args{before: []string{"-run=X", "-count=1", "./a"}, packages: []string{"./a"}}, ""},
		{"flags of go test after the packages", []string{"./a", "-tags", "x y", "-v"},
			Args{before: []string{"./a"}, after: []string{"-tags=x y"}, packages: []string{"./a"}, files: []string{"-tags=x y"}, verbose: "true"}, ""},
		{"what follows an unknown flag is for the test binary", []string{"-custom", "value", "-race"},
			Args{after: []string{"-custom", "value", "-race"}, files: []string{"-race"}}, ""},
		{"after -args nothing is ours", []string{"./a", "-args", "-own=1", "-json"},
			Args{before: []string{"./a"}, after: []string{"-args", "-own=1", "-json"}, packages: []string{"./a"}}, ""},
		{"our flag, anywhere", []string{"./a", "-v", "--own", "1", "-json"},
			Args{before: []string{"./a"}, packages: []string{"./a"}, json: true, verbose: "true"}, "1"},
		{"a boolean takes no value", []string{"-race", "./a"},
			Args{before: []string{"-race", "./a"}, packages: []string{"./a"}, files: []string{"-race"}}, ""},
		{"the long form of a flag", []string{"-test.run", "X", "./a"},
			Args{before: []string{"-test.run=X", "./a"}, packages: []string{"./a"}}, ""},
		{"overlay and folder", []string{"-C", "dir", "-overlay", "o.json", "-json=false"},
			Args{dir: "dir", before: []string{"-overlay=o.json"}, files: []string{"-overlay=o.json"}, overlay: "o.json"}, ""},
		{"what decides about the output", []string{"-bench", ".", "-fuzz=", "-list=X", "-v=false"},
			Args{before: []string{"-bench=.", "-fuzz=", "-list=X"}, bench: true, list: true, verbose: "false"}, ""},
	}
	for _, tt := range tests {
		fs := flag.NewFlagSet("", flag.ContinueOnError)
		own := fs.String("own", "", "")
		got, err := SplitArgs(fs, tt.args)
		require.NoError(t, err, tt.reason)
		assert.Equal(t, tt.want, *got, tt.reason)
		assert.Equal(t, tt.ours, *own, tt.reason)
	}
}

func TestGoArgs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason string
		given  Args
		want   []string
	}{
		{"tests print as without -json", Args{before: []string{"-overlay=mine", "a.go"}, after: []string{"-x"}},
			[]string{"-json", "-v=false", "-ldflags=-s=false", "a.go", "-x"}},
		{"the user's -v follows ours", Args{verbose: "true"}, []string{"-json", "-v=true", "-ldflags=-s=false"}},
		{"events as the user asks for them", Args{json: true}, []string{"-json", "-ldflags=-s=false"}},
		{"events with -v", Args{json: true, verbose: "false"}, []string{"-json", "-v=false", "-ldflags=-s=false"}},
		{"the user's flags for the linker decide", Args{ldflags: "-s -X 'main.a=b  c'", before: []string{"-ldflags=-s -X 'main.a=b  c'", "."},
			after: []string{"-args", "-ldflags=mine"}},
			[]string{"-json", "-v=false", "-ldflags=-s=false -s -X 'main.a=b  c'", ".", "-args", "-ldflags=mine"}},
		{"flags for the linker of some packages stay alone", Args{ldflags: "./a=-s", before: []string{"-ldflags=./a=-s"}},
			[]string{"-json", "-v=false", "-ldflags=./a=-s"}},
	} {
		assert.Equal(t, append([]string{"test", "-overlay=all"}, tt.want...), tt.given.args("all"), tt.reason)
	}
}

func TestFromGoFlags(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{"-toolexec=prog -x", "-a", "-n", "-x"} {
		g := Args{}
		g.fromGoFlags([]string{arg})
		assert.True(t, g.builds, "%s: how tools run is the user's", arg)
		given, err := SplitArgs(&flag.FlagSet{}, []string{arg, "."})
		require.NoError(t, err)
		assert.True(t, given.builds, arg)
	}
	g := Args{}
	assert.Equal(t, "o.json", g.fromGoFlags([]string{"-overlay=o.json", "-v", "--json", "-race"}))
	assert.Equal(t, Args{json: true, verbose: "true"}, g)
	g = Args{overlay: "mine.json", verbose: "false"}
	assert.Equal(t, "mine.json", g.fromGoFlags([]string{"-overlay=o.json", "-v"}), "the command line counts")
	assert.Equal(t, "false", g.verbose)
}

func TestMode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason string
		given  Args
		want   Mode
	}{
		{"packages are named", Args{packages: []string{"."}}, Mode{Final: true}},
		{"the current folder", Args{}, Mode{Direct: true}},
		{"benchmarks", Args{packages: []string{"."}, bench: true}, Mode{Direct: true, Final: true}},
		{"fuzzing", Args{packages: []string{"."}, fuzz: true}, Mode{Direct: true}},
		{"names of tests", Args{packages: []string{"."}, list: true}, Mode{Passes: true, Final: true}},
		{"each test, as events", Args{packages: []string{"."}, verbose: "true", json: true}, Mode{JSON: true, Passes: true, Final: true}},
		{"not each test", Args{packages: []string{"."}, verbose: "false"}, Mode{Final: true}},
	} {
		assert.Equal(t, tt.want, tt.given.mode(), tt.reason)
	}
}

func TestSplitGoFlags(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"-a", "-tags=x y", "-b=c"}, splitGoFlags(` -a  '-tags=x y' "-b=c"`))
	assert.Empty(t, splitGoFlags(""))
}

// Every flag that the go command documents for go test is known, and taken as it
// says.
func TestGoFlagsAreThoseOfGoHelp(t *testing.T) {
	t.Parallel()
	flagLine := regexp.MustCompile(`(?m)^\t-([A-Za-z]+)(.*)$`)
	seen := map[string]bool{}
	for _, page := range []string{"build", "test", "testflag"} {
		text, err := exec.Command("go", "help", page).Output()
		require.NoError(t, err)
		for _, m := range flagLine.FindAllStringSubmatch(string(text), -1) {
			name, value := m[1], strings.TrimSpace(m[2])
			if name == "args" || name == "o" || name == "toolexec" && value == "" {
				continue // what is ours, and what SplitArgs looks for itself
			}
			seen[name] = true
			kind := goFlags[name]
			require.NotZero(t, kind, "go help %s has -%s", page, name)
			assert.Equal(t, value != "", kind&hasValue != 0, "go help %s: -%s %s", page, name, value)
			assert.Equal(t, value == "", kind&isBool != 0, "go help %s: -%s %s", page, name, value)
		}
	}
	assert.Greater(t, len(seen), 50)
}

// Tests see the environment of the user: no Go setting of leakcheck, and no folder
// for temporary files, which would leave less room for the name of a Unix socket.
func TestGoEnv(t *testing.T) {
	// Not parallel: the environment is that of the process.
	env, err := new(Args).goEnv()
	require.NoError(t, err)
	assert.Equal(t, os.Environ(), env)
	dir := t.TempDir()
	env, err = (&Args{dir: dir}).goEnv()
	require.NoError(t, err)
	assert.Equal(t, append(os.Environ(), "PWD="+dir), env)
}
