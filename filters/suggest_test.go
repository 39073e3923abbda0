package filters_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	. "github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// suggest builds a goroutine from its calls, innermost first, and its creator.
func suggest(creator string, calls ...string) string {
	g := &stackparse.Goroutine{ID: 7}
	if creator != "" {
		g.Creator = &stackparse.Creator{Func: creator}
	}
	for _, call := range calls {
		g.Frames = append(g.Frames, stackparse.Frame{Func: call})
	}
	f, ok := Suggest(g)
	if !ok {
		return "nothing"
	}
	return f.String()
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ got, want, reason string }{
		{suggest("shop.New", "time.Sleep", "shop.run"), `created-by:"shop.New"`, "the go statement"},
		{suggest("sync.(*WaitGroup).Go", "time.Sleep", "shop.run", "sync.(*WaitGroup).Go.func1"), `any:"shop.run"`,
			"what a helper runs"},
		{suggest("net/http.(*Server).Serve", "shop.handle", "net/http.HandlerFunc.ServeHTTP", "net/http.(*conn).serve"),
			`any:"shop.handle"`, "a handler"},
		{suggest("iter.Pull[...]", "iter.Pull[...].func1.1", "shop.Log.Lines", "iter.Pull[...].func1"), `any:"shop.Log.Lines"`, "an iterator"},
		{suggest("", "main.wait", "main.main"), `any:"main.main"`, "without a creator"},
		{suggest("shop.New(0x1)", "shop.run"), `any:"shop.run"`, "a name that no dump prints"},
		{suggest("net/http.(*Transport).dialConn", "bufio.(*Reader).Peek", "net/http.(*persistConn).readLoop"), "nothing",
			"what would hide every response body that is not closed"},
		{suggest("database/sql.OpenDB", "database/sql.(*DB).connectionOpener"), "nothing", "what would hide every DB"},
		{suggest("os/exec.(*Cmd).Start", "shop.(*log).Write", "io.copyBuffer", "os/exec.(*Cmd).Start.func2"), `any:"shop.(*log).Write"`,
			"the user's own code below a library's"},
		{suggest("time.goFunc", "time.Sleep"), "nothing", "only common names"},
		{suggest("", " "), "nothing", "no name"},
		{suggest("a*.b", "a*.c"), "nothing", "a name that would be a pattern"},
	} {
		assert.Equal(t, tt.want, tt.got, tt.reason)
	}
}

// Whatever is suggested for a real goroutine holds what Suggest promises.
func TestSuggestOnRealDumps(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../stackparse/testdata/dumps/*/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	suggested := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		gs, _ := stackparse.Parse(text) // some are broken on purpose
		for i := range gs {
			f, ok := Suggest(&gs[i])
			if !ok {
				continue
			}
			suggested++
			back, err := Parse(f.String())
			require.NoError(t, err, "%s: goroutine %d", file, gs[i].ID)
			require.True(t, back.Match(&gs[i]), "%s: goroutine %d: %s", file, gs[i].ID, f)
			require.Empty(t, TooBroad(back), "%s: goroutine %d", file, gs[i].ID)
		}
	}
	assert.Greater(t, suggested, 1000, "the dumps have goroutines")
}
