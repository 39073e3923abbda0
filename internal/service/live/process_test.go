package live

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
)

// parkHere waits at the line of its receive.
func parkHere(stop chan struct{}) { <-stop }

// forget leaves a goroutine that nothing can wake.
func forget(started chan<- struct{}) {
	never := make(chan int)
	go func() {
		started <- struct{}{}
		never <- 1
	}()
}

func findAt(v *Survey, fn string) *report.Finding {
	i := slices.IndexFunc(v.Report.Findings, func(f report.Finding) bool { return f.At.Func == fn })
	if i < 0 {
		return nil
	}
	return &v.Report.Findings[i]
}

const thisPackage = "github.com/leakcheck-go/goroutine/internal/service/live."

// A profile and the full text of this process agree on where goroutines stand,
// so that growth can be followed from one to the other.
func TestLiveFormsAgree(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	defer close(stop)
	for range 30 {
		go parkHere(stop)
	}
	s := &Surveyor{MaxFull: 1 << 20, MinInterval: time.Millisecond}
	var cheap, full *report.Finding
	require.Eventually(t, func() bool {
		v, err := s.Look(t.Context(), Ask{})
		require.NoError(t, err)
		cheap = findAt(v, thisPackage+"parkHere")
		return cheap != nil && cheap.Count == 30
	}, time.Minute, time.Millisecond)
	v, err := s.Look(t.Context(), Ask{Full: true})
	require.NoError(t, err)
	require.True(t, v.Full)
	full = findAt(v, thisPackage+"parkHere")
	require.NotNil(t, full)
	assert.Equal(t, 30, full.Count)
	assert.Equal(t, "chan receive", cheap.Example.State)
	assert.Equal(t, full.Example.State, cheap.Example.State)
	assert.Equal(t, wait.PlaceKey(&full.Example), wait.PlaceKey(&cheap.Example))
	assert.Equal(t, full.At, cheap.At)
	assert.Equal(t, "func parkHere(stop chan struct{}) { <-stop }", cheap.At.Source)
	assert.Empty(t, cheap.IDs)
	assert.Len(t, full.IDs, 10)
}

// Where the runtime offers the proof, the leaked goroutine is proven and the
// waiting one is not; where it does not, the error says so.
func TestLiveProof(t *testing.T) {
	// Not parallel: the proof must not be asked for while another test has a bubble.
	stop := make(chan struct{})
	defer close(stop)
	go parkHere(stop)
	started := make(chan struct{})
	for range 3 {
		forget(started)
		<-started
	}
	s := &Surveyor{}
	v, err := s.Look(t.Context(), Ask{Proof: true})
	if !capture.CanProve() {
		var refused *RefusedError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, Proof, refused.What)
		return
	}
	require.NoError(t, err)
	f := findAt(v, thisPackage+"forget.func1")
	require.NotNil(t, f)
	assert.GreaterOrEqual(t, f.Count, 3, "with -count, those of earlier runs are there as well")
	assert.Equal(t, f.Count, f.Proven)
	n := f.Proven
	if parked := findAt(v, thisPackage+"parkHere"); parked != nil {
		assert.Zero(t, parked.Proven)
	}
	v, err = s.Look(t.Context(), Ask{Full: true})
	require.NoError(t, err)
	require.NotNil(t, findAt(v, thisPackage+"forget.func1"))
	assert.Equal(t, n, findAt(v, thisPackage+"forget.func1").Proven, "the runtime marks them in the text")
	runtime.KeepAlive(stop)
}

// The process is sampled while nobody looks, so that the first look knows what
// grows, by whichever Surveyor it is taken.
func TestLiveSamplesByItself(t *testing.T) {
	// Not parallel: other tests of the package make goroutines that come and go.
	stop := make(chan struct{})
	defer close(stop)
	first := &Surveyor{Sample: 20 * time.Millisecond}
	first.Follow()
	first.Follow() // once is enough
	// A sample that finds as many as the one before is no rise, so a look that comes
	// just after one may be too early.
	var v *Survey
	var f *report.Finding
	require.Eventually(t, func() bool {
		go parkHere(stop)
		if _, n := shared.since(); n < 2*rises {
			return false
		}
		var err error
		v, err = (&Surveyor{}).Look(t.Context(), Ask{})
		f = nil
		if err == nil {
			f = findAt(v, thisPackage+"parkHere")
		}
		return f != nil && f.Graded == cause.Growing
	}, time.Minute, 5*time.Millisecond, "at the first look of another Surveyor")
	assert.Contains(t, f.Trend, "more in")
	assert.False(t, v.Since.IsZero())
	assert.GreaterOrEqual(t, v.Samples, 2*rises)

	runtime.KeepAlive(first)
	s := &shared
	require.Eventually(t, func() bool {
		runtime.GC()
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.users == 0 && !s.running
	}, time.Minute, 10*time.Millisecond, "and ends when nobody follows it any more")
}

// A look from the full text is dropped even if nobody asks again.
func TestLiveGivesMemoryBack(t *testing.T) {
	t.Parallel()
	s := &Surveyor{MinInterval: time.Millisecond}
	v, err := s.Look(t.Context(), Ask{Full: true, Force: true})
	require.NoError(t, err)
	gone := make(chan struct{})
	runtime.AddCleanup(v, func(struct{}) { close(gone) }, struct{}{})
	v = nil
	require.Eventually(t, func() bool {
		runtime.GC()
		select {
		case <-gone:
			return true
		default:
			return false
		}
	}, time.Minute, 10*time.Millisecond)
	assert.Nil(t, v)
	runtime.KeepAlive(s)
}
