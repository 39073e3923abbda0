package baseline_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/baseline"
)

func known(key baseline.Key, count int) baseline.Entry {
	return baseline.Entry{Leak: baseline.Leak{Key: key, Count: count, Test: "TestOld"}, Reason: "because " + string(key), Since: "2026-01-02"}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	b := baseline.Baseline{Entries: []baseline.Entry{known("a", 1), known("b", 2), known("c", 3), known("d", 4)}}
	d := baseline.Compare(b, []baseline.Leak{
		{Key: "z", Count: 1}, {Key: "b", Count: 1}, {Key: "c", Count: 3}, {Key: "b", Count: 2}, {Key: "d", Count: 1},
		{Key: "e", Count: 2, Test: "TestY"}, {Key: "e", Count: 1, Test: "TestX"}, {Key: "f"},
	})
	assert.Equal(t, baseline.Diff{
		New:   []baseline.Leak{{Key: "e", Count: 3, Test: "TestX"}, {Key: "z", Count: 1}},
		More:  []baseline.Change{{Entry: known("b", 2), Found: baseline.Leak{Key: "b", Count: 3}}},
		Fewer: []baseline.Change{{Entry: known("d", 4), Found: baseline.Leak{Key: "d", Count: 1}}},
		Gone:  []baseline.Entry{known("a", 1)},
	}, d)
	assert.True(t, d.Fails())
	assert.True(t, d.Stale())
}

func TestCompareVerdict(t *testing.T) {
	t.Parallel()
	b := baseline.Baseline{Entries: []baseline.Entry{known("a", 2)}}
	for _, tt := range []struct {
		found        []baseline.Leak
		fails, stale bool
		reason       string
	}{
		{[]baseline.Leak{{Key: "a", Count: 2}}, false, false, "as known"},
		{[]baseline.Leak{{Key: "a", Count: 3}}, true, false, "one more"},
		{[]baseline.Leak{{Key: "a", Count: 1}}, false, true, "one less"},
		{nil, false, true, "fixed"},
		{[]baseline.Leak{{Key: "b", Count: 1}}, true, true, "another one"},
	} {
		d := baseline.Compare(b, tt.found)
		assert.Equal(t, tt.fails, d.Fails(), tt.reason)
		assert.Equal(t, tt.stale, d.Stale(), tt.reason)
	}
	assert.Equal(t, baseline.Diff{}, baseline.Compare(baseline.Baseline{}, nil), "nothing known, nothing found")
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	b := baseline.Baseline{Entries: []baseline.Entry{known("a", 1), known("b", 2)}}
	found := []baseline.Leak{{Key: "c", Count: 1, Test: "TestNew"}, {Key: "b", Count: 5, Test: "TestNow"}}
	updated := baseline.Update(b, found, "2026-11-24")
	assert.Equal(t, []baseline.Entry{
		{Leak: baseline.Leak{Key: "b", Count: 5, Test: "TestNow"}, Reason: "because b", Since: "2026-01-02"},
		{Leak: baseline.Leak{Key: "c", Count: 1, Test: "TestNew"}, Since: "2026-11-24"},
	}, updated.Entries, "a stays out, b keeps reason and day, c is new")
	assert.Equal(t, baseline.Diff{}, baseline.Compare(updated, found), "it lets pass what was found, and nothing more")
	assert.Equal(t, updated, baseline.Update(updated, found, "2026-12-01"), "again it changes nothing")
}
