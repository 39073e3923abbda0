package wait

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
)

const viperDump = `goroutine 21 [sync.WaitGroup.Wait]:
github.com/spf13/viper.(*Viper).WatchConfig.func1()
	/m/github.com/spf13/viper@v1.21.0/viper.go:386 +0x3e5
created by github.com/spf13/viper.(*Viper).WatchConfig in goroutine 20
	/m/github.com/spf13/viper@v1.21.0/viper.go:321 +0x8b

goroutine 22 [IO wait]:
github.com/fsnotify/fsnotify.(*inotify).readEvents(0xc0000)
	/m/github.com/fsnotify/fsnotify@v1.10.1/backend_inotify.go:343 +0xcb
created by github.com/fsnotify/fsnotify.newBackend in goroutine 21
	/m/github.com/fsnotify/fsnotify@v1.10.1/backend_inotify.go:186 +0x1b1

goroutine 23 [IO wait]:
github.com/fsnotify/fsnotify.(*inotify).readEvents(0xc0000)
	/m/github.com/fsnotify/fsnotify@v1.10.1/backend_inotify.go:343 +0xcb
created by github.com/fsnotify/fsnotify.newBackend in goroutine 20
	/m/github.com/fsnotify/fsnotify@v1.10.1/backend_inotify.go:186 +0x1b1

goroutine 24 [chan receive]:
example.com/shop.reload.func1()
	/shop/reload.go:9 +0x1b
created by example.com/shop.reload in goroutine 21
	/shop/reload.go:8 +0x1b
`

func TestAddUnstoppable(t *testing.T) {
	t.Parallel()
	gs, err := stackparse.Parse([]byte(viperDump))
	require.NoError(t, err)
	idle := map[int64]bool{}
	addUnstoppable(idle, gs)
	assert.Equal(t, map[int64]bool{22: true}, idle,
		"viper's watcher alone: goroutine 23 has a user who can close it, and 24 is the user's own code")
}
