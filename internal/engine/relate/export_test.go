package relate

import (
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Relate is [Between] for the waits of goroutines. A nil tree reads no source.
func Relate(gs []stackparse.Goroutine, causes []string, tree *source.Tree) *Relations {
	return Between(gs, Waits(gs, tree), causes)
}
