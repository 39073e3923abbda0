// Package api asks for the goroutines of the process from within tests. All of
// its tests pass; they need a process of their own, where nobody else starts
// goroutines.
package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

const me = "github.com/leakcheck-go/goroutine/leakcheck/testdata/api."

// block starts n goroutines and returns, once they wait, what ends them and
// waits until they are gone.
func block(n int) (stop func()) {
	release := make(chan int)
	for range n {
		go wait(release) // the dump names block as their creator
	}
	await(me+"block", n)
	return func() {
		close(release)
		await(me+"block", 0)
	}
}

func wait(release chan int) { <-release }

// await returns a snapshot with n goroutines that creator started, all of them
// waiting.
func await(creator string, n int) leakcheck.Snapshot {
	for {
		s := leakcheck.Take()
		waiting, moving := 0, 0
		for _, c := range (leakcheck.Snapshot{}).Diff(s).New {
			switch {
			case c.Creator != creator:
			case c.State == "chan receive" && c.Function == me+"wait":
				waiting += c.After
			default:
				moving += c.After
			}
		}
		if waiting == n && moving == 0 {
			return s
		}
		time.Sleep(time.Millisecond)
	}
}

func TestFindClean(t *testing.T) {
	r := leakcheck.Find()
	assert.NoError(t, r.Err())
	assert.Zero(t, r.Len())
	assert.Empty(t, r.String())
}

func TestFind(t *testing.T) {
	stop := block(3)
	defer stop()
	r := leakcheck.Find()
	require.Error(t, r.Err())
	assert.Equal(t, 3, r.Len())
	assert.Equal(t, r.String(), r.Err().Error())
	assert.Contains(t, r.String(), "leakcheck: 3 goroutines are still there")
	assert.Contains(t, r.String(), "3 x blocked receiving from a channel")
	assert.NotContains(t, r.String(), "outlived", "no test is over yet")
}

// Find is no report: it may be asked again, and after the end there is nothing.
func TestFindAgain(t *testing.T) {
	leakcheck.Verify(t)
	stop := block(2)
	assert.Equal(t, 2, leakcheck.Find().Len())
	assert.Equal(t, 2, leakcheck.Find().Len())
	stop()
	assert.NoError(t, leakcheck.Find().Err())
}

func TestIgnoreCurrent(t *testing.T) {
	stopOld := block(1)
	defer stopOld()
	current := leakcheck.IgnoreCurrent()
	assert.NoError(t, leakcheck.Find(current).Err())
	release := make(chan int)
	defer close(release)
	go wait(release)
	assert.Equal(t, 1, leakcheck.Find(current).Len())
}

func TestIgnore(t *testing.T) {
	stop := block(2)
	defer stop()
	for _, f := range []filters.Filter{
		filters.CreatedBy(me + "block"),
		filters.TopFunction(me + "wait"),
		filters.AnyFunction(me + "wait"),
		filters.All(filters.CreatedBy(me+"block"), filters.State("chan receive")),
	} {
		assert.NoError(t, leakcheck.Find(leakcheck.Ignore(f)).Err(), "%s", f)
	}
	assert.Equal(t, 2, leakcheck.Find(leakcheck.Ignore(filters.State("chan send"))).Len())
}

// The default waits for a sleeper; Wait(0) looks once.
func TestWait(t *testing.T) {
	done := make(chan int)
	go func() {
		defer close(done)
		time.Sleep(500 * time.Millisecond)
	}()
	r := leakcheck.Find(leakcheck.Wait(0))
	assert.Equal(t, 1, r.Len())
	assert.NoError(t, leakcheck.Find().Err())
	<-done
}

func TestDiff(t *testing.T) {
	before := leakcheck.Take()
	assert.True(t, before.Diff(before).Empty())
	assert.Empty(t, before.Diff(before).String())
	assert.Positive(t, before.Len())

	stop := block(3)
	during := leakcheck.Take()
	added := before.Diff(during)
	require.NotEmpty(t, added.New)
	c := added.New[0]
	assert.Equal(t, me+"wait", c.Function)
	assert.Equal(t, "chan receive", c.State)
	assert.Equal(t, me+"block", c.Creator)
	assert.Equal(t, 0, c.Before)
	assert.Equal(t, 3, c.After)
	assert.True(t, strings.HasPrefix(c.Position, "api_test.go:"), "%s", c.Position)
	assert.Contains(t, added.String(), "+ 3 x chan receive at api_test.go:")

	stop()
	gone := during.Diff(leakcheck.Take())
	require.NotEmpty(t, gone.Gone)
	assert.Equal(t, 3, gone.Gone[0].Before)
	assert.Contains(t, gone.String(), "- 3 x chan receive at api_test.go:")
}

// Two more at the same place are a change and nothing new.
func TestDiffChanged(t *testing.T) {
	release := make(chan int)
	start := func(n int) {
		for range n {
			go wait(release)
		}
	}
	start(1)
	one := await(me+"TestDiffChanged.func1", 1)
	start(2)
	three := await(me+"TestDiffChanged.func1", 3)
	close(release)
	d := one.Diff(three)
	require.Len(t, d.Changed, 1, "%s", d)
	assert.Equal(t, 1, d.Changed[0].Before)
	assert.Equal(t, 3, d.Changed[0].After)
	assert.Contains(t, d.String(), "~ 1 -> 3 x chan receive at api_test.go:")
	await(me+"TestDiffChanged.func1", 0)
}

// A reporter of one's own needs no parsing: the error carries the report, and
// that its leaks.
func TestFindLeaks(t *testing.T) {
	stop := block(2)
	defer stop()
	err := fmt.Errorf("shutdown: %w", leakcheck.Find().Err())
	var found *leakcheck.Error
	require.ErrorAs(t, err, &found)
	leaks := found.Report.Leaks()
	require.Len(t, leaks, 1)
	l := leaks[0]
	assert.Equal(t, 2, l.Count)
	assert.Equal(t, "chan-recv", l.Cause)
	assert.Equal(t, me+"wait", l.At.Func)
	assert.Equal(t, "api_test.go", l.At.File)
	assert.Equal(t, me+"block", l.Started.Func)
	assert.Equal(t, "go wait(release) // the dump names block as their creator", l.Started.Source)
	assert.Equal(t, "leakcheck.Ignore(filters.MustParse(`created-by:\""+me+"block\"`))", l.Ignore)
	assert.Equal(t, "chan receive", l.Goroutine.State)
	assert.Len(t, l.IDs, 2)
	assert.Contains(t, l.IDs, l.Goroutine.ID)
	assert.NoError(t, leakcheck.Find(leakcheck.Ignore(filters.CreatedBy(me+"block"))).Err())
	assert.Nil(t, leakcheck.Find(leakcheck.Ignore(filters.CreatedBy(me+"block"))).Leaks())
}

// A service logs what it finds.
func TestFindLogged(t *testing.T) {
	stop := block(2)
	defer stop()
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Warn("shutdown", "left", leakcheck.Find())
	var record struct {
		Left struct {
			Goroutines int
			Leaks      []struct {
				Count         int
				Cause, Func   string
				File, Creator string
				Line          int
			}
		}
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &record), out.String())
	assert.Equal(t, 2, record.Left.Goroutines)
	require.Len(t, record.Left.Leaks, 1)
	assert.Equal(t, "chan-recv", record.Left.Leaks[0].Cause)
	assert.Equal(t, me+"wait", record.Left.Leaks[0].Func)
	assert.Positive(t, record.Left.Leaks[0].Line)
}
