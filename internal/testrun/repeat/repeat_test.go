package repeat

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
)

// TestMain lets this test binary be the one that is run again: it prints its
// arguments.
func TestMain(m *testing.M) {
	if args := os.Args[1:]; len(args) > 0 && args[0] == "-test.fail" {
		os.Exit(1)
	} else if len(args) > 0 && strings.HasPrefix(args[0], "-test.step") {
		fmt.Print(args)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestRepeat(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "steps.json")
	program, err := Exec(file, Spec{Steps: [][]string{{"-test.step=a", "-test.count=3"}, {"-test.fail"}}}, "")
	require.NoError(t, err)
	assert.Equal(t, []string{self, Command, file}, strings.Fields(program))

	var out, errs bytes.Buffer
	code := Main([]string{file, self, "-test.paniconexit0", "-test.count=1", "-test.timeout=1m", "-test.count", "rest"}, &out, &errs)

	assert.Zero(t, code, "a run that fails is what is looked for")
	assert.Empty(t, errs.String())
	var d frame.Decoder
	rest, messages := d.Text(out.String())
	assert.Equal(t, "[-test.step=a -test.count=3 -test.paniconexit0 -test.timeout=1m rest]\n\n", rest, "flags of the step stand for those of go test")
	assert.Equal(t, []frame.Message{{Step: &frame.Step{}}, {Step: &frame.Step{Number: 1, Failed: true}}}, messages)
}

// TestRepeatForATime: the first round is whole, whatever the time.
func TestRepeatForATime(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "steps.json")
	_, err = Exec(file, Spec{Steps: [][]string{{"-test.step"}, {"-test.step"}}, For: 1}, "")
	require.NoError(t, err)
	var out bytes.Buffer
	require.Zero(t, Main([]string{file, self}, &out, &out))
	assert.Equal(t, 2, strings.Count(out.String(), "[-test.step]"))
}

func TestRepeatFaults(t *testing.T) {
	t.Parallel()
	good := filepath.Join(t.TempDir(), "steps.json")
	_, err := Exec(good, Spec{Steps: [][]string{{}}}, "")
	require.NoError(t, err)
	for _, args := range [][]string{nil, {"steps.json"}, {"missing.json", "x.test"}, {good, "program", "-test.v"}, {good, "missing.test"}} {
		var out, errs bytes.Buffer
		assert.Equal(t, 2, Main(args, &out, &errs), "%q", args)
		assert.NotEmpty(t, errs.String(), "%q", args)
	}
}

func TestBinary(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why  string
		args []string
		want int
	}{
		{"alone", []string{"/tmp/go-build1/b001/shop.test", "-test.v"}, 0},
		{"on Windows", []string{"shop.test.exe"}, 0},
		{"another program runs it", []string{"qemu", "-L", "/usr/lib", "shop.test"}, 3},
	} {
		got, err := binary(tt.args)
		require.NoError(t, err, tt.why)
		assert.Equal(t, tt.want, got, tt.why)
	}
}
