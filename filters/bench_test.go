package filters_test

import (
	"testing"

	. "github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// BenchmarkIsBenign asks about a goroutine of a user, for which no entry may
// be skipped. Every leak check asks this of every goroutine of every dump, so
// it has to cost much less than the dump itself, which takes about 4 µs a
// goroutine. The walk over the catalogue is what it would cost without the
// index; compare the two:
//
//	go test -run '^$' -bench IsBenign ./filters
func BenchmarkIsBenign(b *testing.B) {
	gs, err := stackparse.Parse([]byte(worker))
	if err != nil {
		b.Fatal(err)
	}
	g := &gs[0]
	b.Run("index", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			IsBenign(g)
		}
	})
	b.Run("walk", func(b *testing.B) {
		entries := Catalogue()
		for b.Loop() {
			for i := range entries {
				if entries[i].Class == ClassBenign && entries[i].Match.Match(g) {
					break
				}
			}
		}
	})
}
