package baseline_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
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
	}, nil)
	assert.Equal(t, baseline.Diff{
		New:   []baseline.Leak{{Key: "e", Count: 3, Test: "TestX"}, {Key: "z", Count: 1}},
		More:  []baseline.Change{{Entry: known("b", 2), Found: baseline.Leak{Key: "b", Count: 3}}},
		Fewer: []baseline.Change{{Entry: known("d", 4), Found: baseline.Leak{Key: "d", Count: 1}}},
		Gone:  []baseline.Entry{known("a", 1)},
	}, d)
	assert.Equal(t, baseline.Diff{}, baseline.Compare(baseline.Baseline{}, nil, nil), "nothing known, nothing found")
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	b := baseline.Baseline{Entries: []baseline.Entry{known("a", 1), known("b", 2)}}
	found := []baseline.Leak{{Key: "c", Count: 1, Test: "TestNew"}, {Key: "b", Count: 5, Test: "TestNow"}}
	updated := baseline.Update(b, found, nil, "2026-11-24")
	assert.Equal(t, []baseline.Entry{
		{Leak: baseline.Leak{Key: "b", Count: 5, Test: "TestNow"}, Reason: "because b", Since: "2026-01-02"},
		{Leak: baseline.Leak{Key: "c", Count: 1, Test: "TestNew"}, Since: "2026-11-24"},
	}, updated.Entries, "a stays out, b keeps reason and day, c is new")
	assert.Equal(t, baseline.Diff{}, baseline.Compare(updated, found, nil), "it lets pass what was found, and nothing more")
	assert.Equal(t, updated, baseline.Update(updated, found, nil, "2026-12-01"), "again it changes nothing")
}

// A run of some tests, or of some packages, cannot know what became of the
// rest.
func TestNotJudged(t *testing.T) {
	t.Parallel()
	b := baseline.Baseline{Entries: []baseline.Entry{known("a", 1), known("b", 2), known("c", 3)}}
	found := []baseline.Leak{{Key: "b", Count: 1, Test: "TestNow"}, {Key: "c", Count: 4}, {Key: "d", Count: 1}}
	none := func(baseline.Entry) bool { return false }

	d := baseline.Compare(b, found, none)
	assert.Equal(t, baseline.Diff{
		New:  []baseline.Leak{{Key: "d", Count: 1}},
		More: []baseline.Change{{Entry: known("c", 3), Found: baseline.Leak{Key: "c", Count: 4}}},
	}, d, "what is there counts, what is not there does not")

	assert.Equal(t, []baseline.Entry{
		known("a", 1), known("b", 2), known("c", 4),
		{Leak: baseline.Leak{Key: "d", Count: 1}, Since: "2026-11-24"},
	}, baseline.Update(b, found, none, "2026-11-24").Entries, "nothing is lost or lowered")

	onlyA := func(e baseline.Entry) bool { return e.Key == "a" }
	assert.Equal(t, []baseline.Entry{known("a", 1)}, baseline.Compare(b, nil, onlyA).Gone)
	assert.Equal(t, []baseline.Entry{known("b", 2), known("c", 3)}, baseline.Update(b, nil, onlyA, "2026-11-24").Entries)
}

// One file may serve several packages, whose tests run side by side.
func TestPackages(t *testing.T) {
	t.Parallel()
	in := func(pkg string, e baseline.Entry) baseline.Entry {
		e.Package = pkg
		return e
	}
	leak := func(pkg string, key baseline.Key, count int) baseline.Leak {
		return baseline.Leak{Package: pkg, Key: key, Count: count}
	}
	shared, shopA, cartB := known("a", 1), in("shop", known("a", 3)), in("cart", known("b", 2))
	b := baseline.Baseline{Entries: []baseline.Entry{shared, cartB, shopA}}

	for _, tt := range []struct {
		leak   baseline.Leak
		want   baseline.Entry
		reason string
	}{
		{leak("shop", "a", 1), shopA, "the package's own entry comes first"},
		{leak("cart", "a", 1), shared, "one without a package serves the others"},
		{leak("cart", "b", 1), cartB, "of this package alone"},
		{leak("shop", "b", 1), baseline.Entry{}, "and of no other"},
	} {
		entry, ok := b.Entry(tt.leak.Package, tt.leak.Key)
		assert.Equal(t, tt.want, entry, tt.reason)
		assert.Equal(t, tt.want.Key != "", ok, tt.reason)
	}

	found := []baseline.Leak{leak("shop", "a", 2), leak("cart", "a", 1), leak("user", "a", 1), leak("shop", "b", 1)}
	d := baseline.Compare(b, found, nil)
	assert.Equal(t, baseline.Diff{
		New:   []baseline.Leak{leak("shop", "b", 1)},
		Fewer: []baseline.Change{{Entry: shopA, Found: leak("shop", "a", 2)}},
		Gone:  []baseline.Entry{cartB},
	}, d, "the bound of an entry without a package is one for each package")
	assert.Len(t, baseline.Compare(b, []baseline.Leak{leak("user", "a", 2)}, nil).More, 1)

	shop := func(e baseline.Entry) bool { return e.Package == "shop" }
	updated := baseline.Update(b, []baseline.Leak{leak("shop", "a", 2), leak("shop", "b", 1)}, shop, "2026-11-24")
	lower := shopA
	lower.Count, lower.Test = 2, ""
	assert.Equal(t, []baseline.Entry{shared, cartB, lower, {Leak: leak("shop", "b", 1), Since: "2026-11-24"}},
		updated.Entries, "one package leaves the entries of the others alone")
	text := baseline.Format(updated)
	again, err := baseline.Parse("leaks.json", text)
	assert.NoError(t, err)
	assert.Equal(t, updated, again, "packages are written and read")
}
