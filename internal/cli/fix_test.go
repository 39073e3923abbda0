package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/fix"
	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
	"github.com/leakcheck-go/goroutine/internal/testrun"
)

// shopSource leaks a goroutine for which a channel has no room. Its lines end as on
// Windows.
var shopSource = strings.ReplaceAll(`package shop

func First(ask func() int) int {
	answers := make(chan int)
	go func() { answers <- ask() }()
	select {
	case n := <-answers:
		return n
	default:
		return 0
	}
}
`, "\n", "\r\n")

// shop writes a module, all of which is in git. Tests change copies of it.
func shop(t *testing.T) string {
	t.Helper()
	steady.Need(t, "git")
	dir := t.TempDir()
	write(t, dir, "go.mod", "module example.com/shop\n\ngo 1.26\n")
	write(t, dir, "shop.go", shopSource)
	for _, args := range []string{"init -q", "add .", "-c user.name=a -c user.email=a@example.com -c commit.gpgsign=false commit -q -m all"} {
		cmd := exec.Command("git", strings.Fields("-c core.autocrlf=false "+args)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	return dir
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	out := t.TempDir()
	require.NoError(t, os.CopyFS(out, os.DirFS(dir)))
	return out
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
}

// Before any test runs, -fix=write wants a way back.
func TestFixRefusals(t *testing.T) {
	t.Parallel()
	original := shop(t)
	for _, row := range []struct {
		flags  string
		change func(dir string)
		want   string
	}{
		{"-fix=write", func(dir string) { write(t, dir, "shop.go", shopSource+"// more\n") },
			"-fix=write: there are changes that are not committed, such as shop.go; commit or stash them, or -force writes anyway"},
		{"-fix=write", func(dir string) { require.NoError(t, os.RemoveAll(filepath.Join(dir, ".git"))) },
			"-fix=write: not in a git repository, so there is no way back; -force writes anyway"},
		{"-force", nil, "-force is for -fix=write"},
		{"-fix=no", nil, `invalid value "no" for flag -fix: want print or write`},
		{"-fix -overlay=x.json", nil, "-fix cannot be used with -overlay"},
	} {
		dir := copyOf(t, original)
		if row.change != nil {
			row.change(dir)
		}
		before, err := os.ReadFile(filepath.Join(dir, "shop.go"))
		require.NoError(t, err)
		var out, errs bytes.Buffer
		args := append(append([]string{"test"}, strings.Fields(row.flags)...), "-C", dir, ".")
		assert.Equal(t, exitUsage, Run(args, strings.NewReader(""), &out, &errs), row.flags)
		assert.Contains(t, errs.String(), row.want)
		assert.Empty(t, out.String(), "no test ran")
		after, err := os.ReadFile(filepath.Join(dir, "shop.go"))
		require.NoError(t, err)
		assert.Equal(t, string(before), string(after), row.flags)
	}
}

// What passed its trial is printed, or written where nothing is lost.
func TestWriteFixes(t *testing.T) {
	t.Parallel()
	mended := strings.Replace(shopSource, "make(chan int)", "make(chan int, 1)", 1)
	original := shop(t)
	edited := strings.Replace(shopSource, "return 0", "return -1", 1)
	for _, row := range []struct {
		mode   string
		force  bool
		change func(dir string)
		want   string // of the file
		errs   string
		err    string
	}{
		{mode: "print", want: shopSource, errs: "these changes of 1 file passed their trial; -fix=write writes them"},
		{mode: "write", want: mended, errs: "leakcheck: changed "},
		{mode: "write", change: func(dir string) { write(t, dir, "shop.go", edited) }, want: edited,
			err: "-fix=write: shop.go has changed since it was tried, and is left as it is"},
		{mode: "write", change: func(dir string) { require.NoError(t, os.RemoveAll(filepath.Join(dir, ".git"))) }, want: shopSource,
			err: "-fix=write: shop.go is not in git, so there is no way back; -force writes anyway"},
		{mode: "write", force: true, change: func(dir string) { require.NoError(t, os.RemoveAll(filepath.Join(dir, ".git"))) },
			want: mended, errs: "leakcheck: changed "},
	} {
		dir := copyOf(t, original)
		file := filepath.Join(dir, "shop.go")
		all, refused := fix.NewSource(dir).Candidates(&fix.Leak{Cause: "chan-send", Spawn: 1, Chain: []fix.Call{
			{Func: "example.com/shop.First.func1", File: file, Line: 5, Own: true},
			{Func: "example.com/shop.First", File: file, Line: 5, Own: true}}})
		require.Empty(t, refused)
		require.Len(t, all, 1)
		if row.change != nil {
			row.change(dir)
		}
		var out, errs bytes.Buffer
		o := &testOptions{fix: row.mode, force: row.force, goArgs: &testrun.Args{}}
		o.Fix = true
		err := o.writeFixes(&environment{stdout: &out, stderr: &errs}, &testrun.Summary{Fixes: all})
		if row.err == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, row.err)
		}
		assert.Contains(t, errs.String(), row.errs)
		assert.Equal(t, row.mode == "print", strings.Contains(out.String(), "\n+\tanswers := make(chan int, 1)\r\n"))
		now, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, row.want, string(now))
	}
}
