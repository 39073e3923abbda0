package engine

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// A goroutine that starts a garbage collection is out of its bubble meanwhile
// and must not be taken for gone or for parked: the check would end too early.
func TestGoroutineOutOfItsBubble(t *testing.T) {
	t.Parallel()
	gs, err := stackparse.Parse([]byte(`goroutine 7 [running, synctest bubble 3]:
main.check()
	/src/a_test.go:1 +0x1
created by testing.test in goroutine 6
	/src/testing.go:1 +0x1

goroutine 8 [semacquire]:
main.write()
	/src/a_test.go:2 +0x1
created by main.TestA.func1 in goroutine 7
	/src/a_test.go:3 +0x1

goroutine 9 [semacquire]:
main.other()
	/src/a_test.go:4 +0x1
created by main.TestA in goroutine 5
	/src/a_test.go:5 +0x1

goroutine 10 [chan send (durable), synctest bubble 4]:
main.other()
	/src/a_test.go:4 +0x1
created by main.TestB in goroutine 7
	/src/a_test.go:5 +0x1
`))
	require.NoError(t, err)
	in := Test{self: gs[0]}
	elsewhere := in.elsewhere(gs)
	assert.False(t, elsewhere(&gs[0]), "it is in the bubble")
	assert.False(t, elsewhere(&gs[1]), "a goroutine of the bubble started it")
	assert.True(t, elsewhere(&gs[2]), "it was started outside")
	assert.True(t, elsewhere(&gs[3]), "it is in another bubble")
	assert.False(t, new(Test).elsewhere(gs)(&gs[3]), "outside of bubbles all goroutines count")
}
