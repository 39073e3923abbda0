package report

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

func TestCompared(t *testing.T) {
	t.Parallel()
	const serve = "example.com/shop.(*Pool).serve"
	for _, tt := range []struct {
		arg       relate.Argument
		want, why string
	}{
		{relate.Argument{Func: serve, Value: "0xc000042000", Count: 41, Different: 1}, "the *Pool is the same in all", "a receiver without source"},
		{relate.Argument{Func: serve, Index: 1, Value: "0xc000042000", Count: 41, Different: 1}, "", "who knows what that is"},
		{relate.Argument{Func: serve, Index: 1, Name: "conn", Type: "*Conn", Value: "0xc000042000", Count: 1, Different: 41}, "conn *Conn differs in each", "one for each"},
		{relate.Argument{Func: serve, Index: 1, Name: "conn", Value: "0xc000042000", Count: 1}, "conn differs in each", "too many to count"},
		{relate.Argument{Func: serve, Index: 1, Name: "conn", Type: "*Conn", Value: "0xc000042000", Count: 40, Different: 2}, "conn *Conn is 0xc000042000 in 40 of 41", "the odd one can be found"},
		{relate.Argument{Func: serve, Index: 1, Value: "0xc000042000", Count: 40, Different: 2}, "argument 2 of shop.(*Pool).serve is 0xc000042000 in 40 of 41", "also without a name"},
		{relate.Argument{Func: serve, Index: 1, Name: "s", Type: "*shard", Value: "0xc000042000", Count: 14, Different: 3}, "s *shard has 3 values", "a few"},
		{relate.Argument{Func: serve, Index: 1, Name: "s", Type: "*shard", Value: "0xc000042000", Count: 14, Different: 20}, "", "neither few nor as many"},
		{relate.Argument{Func: serve, Index: 1, Name: "n", Type: "int", Value: "0x10", Count: 41, Different: 1}, "n int is 16 in all", "a number"},
		{relate.Argument{Func: serve, Index: 1, Name: "n", Type: "int", Value: "0x10", Count: 21, Different: 9}, "n int is 16 in 21 of 41", "half of them"},
		{relate.Argument{Func: serve, Index: 1, Name: "ok", Type: "bool", Value: "0x1", Count: 41, Different: 1}, "ok bool is true in all", "a truth"},
		{relate.Argument{Func: serve, Index: 1, Name: "done", Type: "chan struct{}", Value: "0x0", Count: 41, Different: 1}, "done chan struct{} is nil in all", "which blocks forever"},
		{relate.Argument{Func: serve, Index: 1, Name: "ctx", Type: "context.Context", Value: "{0x0, 0x0}", Count: 41, Different: 1}, "ctx context.Context is nil in all", "an interface"},
		{relate.Argument{Func: serve, Index: 1, Name: "ctx", Type: "context.Context", Value: "{0x52, 0x53}", Count: 41, Different: 1}, "ctx context.Context is the same in all", "an interface"},
		{relate.Argument{Func: serve, Index: 1, Name: "name", Type: "string", Value: "{0x52, 0x53}", Count: 1, Different: 41}, "", "the text may be the same"},
		{relate.Argument{Func: serve, Index: 1, Name: "ctx", Type: "context.Context", Value: "{0x52, 0x53}", Count: 40, Different: 2}, "ctx context.Context has 2 values", "two words say nothing"},
	} {
		f := Finding{Count: 41, Args: []relate.Argument{tt.arg}}
		assert.Equal(t, tt.want, f.args(), tt.why)
	}
	same := relate.Argument{Func: serve, Name: "p", Type: "*Pool", Value: "0xc000042000", Count: 41, Different: 1}
	odd := relate.Argument{Func: serve, Index: 1, Name: "n", Value: "0x2", Count: 40, Different: 2}
	f := Finding{Count: 41, Args: []relate.Argument{same, same, same, same, odd}}
	golden.Words(t, "what tells most comes first", f.args())
}
