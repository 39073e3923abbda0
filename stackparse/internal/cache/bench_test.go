package cache

import (
	"fmt"
	"testing"
)

// lines are what the dump of a busy process repeats: a few hundred functions.
func lines() [][]byte {
	var list [][]byte
	for i := range 300 {
		list = append(list, fmt.Appendf(nil, "example.com/shop/internal/orders.(*Service%d).handle", i))
	}
	return list
}

// BenchmarkTable says why there is a table of our own.
func BenchmarkTable(b *testing.B) {
	b.Run("table", func(b *testing.B) {
		var t Table[int]
		for i, line := range lines() {
			t.Put(string(line), i)
		}
		all, sum := lines(), 0
		for b.Loop() {
			for _, line := range all {
				if e := t.Get(line); e != nil { // it may have forgotten a few
					sum += e.Value
				}
			}
		}
		_ = sum
	})
	b.Run("map", func(b *testing.B) {
		m := map[string]int{}
		for i, line := range lines() {
			m[string(line)] = i
		}
		all, sum := lines(), 0
		for b.Loop() {
			for _, line := range all {
				sum += m[string(line)]
			}
		}
		_ = sum
	})
}
