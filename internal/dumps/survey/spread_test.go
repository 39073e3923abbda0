package survey

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// read has s read the dumps one after the other.
func read(t *testing.T, s *Survey, names, texts []string) *Result {
	t.Helper()
	for i := range texts {
		s.Begin(names[i])
		require.NoError(t, s.Read(pprofile.NewReader(strings.NewReader(texts[i]))))
	}
	return s.Result(nil)
}

// Of several dumps it is known which of them have goroutines of a kind, whether or
// not each goroutine can be kept.
func TestShares(t *testing.T) {
	t.Parallel()
	one := goroutine(7, "chan send", "shop.fetch", 41) + goroutine(8, "select", "shop.watch", 12)
	two := goroutine(7, "select", "shop.watch", 12) + goroutine(8, "select", "shop.watch", 12)
	for _, most := range []int{100, 0} {
		s := New(Options{Mixed: true})
		s.most = [2]int{most, maxCalls}
		if most == 0 {
			s.most[0] = 2 // kinds
			s.many = true
		}
		r := read(t, s, []string{"a", "b"}, []string{one, two})
		require.Len(t, r.Kinds, 2)
		assert.Equal(t, []Share{{"a", 1}, {"b", 2}}, r.Shares[0])
		assert.Equal(t, []Share{{"a", 1}}, r.Shares[1])
	}
	assert.Nil(t, read(t, New(Options{}), []string{"a"}, []string{one}).Shares[0], "of one dump there is nothing to share")
}

// Kinds that differ in nothing but an offset share no dumps.
func TestSharesExact(t *testing.T) {
	t.Parallel()
	one := goroutine(7, "chan send", "shop.fetch", 41)
	two := one + strings.Replace(one, "+0x1d", "+0x2d", 1)
	r := read(t, New(Options{Mixed: true, By: stackparse.Exact}), []string{"a", "b"}, []string{one, two})
	assert.Equal(t, [][]Share{{{"a", 1}, {"b", 1}}, {{"b", 1}}}, r.Shares)
}

// Where there are too many kinds to count them by dump, nothing is said of any.
func TestSharesAreBounded(t *testing.T) {
	t.Parallel()
	s := New(Options{Mixed: true})
	s.Begin("a")
	s.spread.size = maxShares
	require.NoError(t, s.Read(pprofile.NewReader(strings.NewReader(text))))
	assert.True(t, s.spread.many)
	for _, shares := range s.Result(nil).Shares {
		assert.Nil(t, shares)
	}
}

// What is normal is so for the dump with the most goroutines, not for their sum.
func TestNormal(t *testing.T) {
	t.Parallel()
	some := func(n int, fn string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(goroutine(100+i, "select", fn, 12))
		}
		return b.String()
	}
	well := survey(t, Options{}, some(40, "shop.pool")+some(1, "shop.accept")+some(2, "shop.few")).Result(nil)
	for _, tt := range []struct {
		why   string
		dumps []string
		want  []Normal // kinds with most goroutines first
	}{
		{"as many", []string{some(40, "shop.pool") + some(1, "shop.accept")}, []Normal{{40, 40}, {1, 1}}},
		{"more", []string{some(51, "shop.pool") + some(10, "shop.accept")}, []Normal{{40, 51}, {1, 10}}},
		{"fewer", []string{some(3, "shop.pool")}, []Normal{{40, 3}}},
		{"a new kind, few as they are", []string{some(1, "shop.fetch")}, []Normal{{0, 1}}},
		{"many dumps", []string{some(40, "shop.pool"), some(40, "shop.pool")}, []Normal{{40, 40}}},
		{"one of them is not well", []string{some(40, "shop.pool"), some(90, "shop.pool")}, []Normal{{40, 90}}},
	} {
		s := New(Options{Mixed: len(tt.dumps) > 1})
		got := read(t, s, []string{"a", "b"}, tt.dumps).Normal(well, s.o.By)
		assert.Equal(t, tt.want, got, tt.why)
	}
}
