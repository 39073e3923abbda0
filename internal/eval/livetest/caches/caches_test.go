// Package caches checks the catalogue's entries for caches, pools, and other
// libraries that work in memory. Its tests look at all goroutines of the
// process, so none of them is parallel.
package caches

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/afex/hystrix-go/hystrix"
	"github.com/allegro/bigcache/v3"
	index "github.com/blevesearch/bleve_index_api"
	"github.com/charmbracelet/bubbles/cursor"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/desertbit/timer"
	ristrettov1 "github.com/dgraph-io/ristretto"
	"github.com/dgraph-io/ristretto/v2"
	"github.com/dlclark/regexp2"
	regexp2v2 "github.com/dlclark/regexp2/v2"
	"github.com/fsnotify/fsnotify"
	"github.com/go-co-op/gocron/v2"
	"github.com/hashicorp/golang-lru/v2/expirable"
	"github.com/klauspost/compress/zstd"
	"github.com/maypok86/otter/v2"
	"github.com/panjf2000/ants/v2"
	"github.com/patrickmn/go-cache"
	"github.com/rcrowley/go-metrics"
	"github.com/rjeczalik/notify"
	"github.com/robfig/cron/v3"
	"github.com/spf13/viper"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/syndtr/goleveldb/leveldb"
	"k8s.io/client-go/util/workqueue"

	"github.com/leakcheck-go/goroutine/internal/eval/livetest/live"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// What an init function starts is there as soon as the library is linked in.
func linked(*testing.T) (fix func()) { return nil }

func TestGoCache(t *testing.T) {
	c := cache.New(time.Minute, time.Minute)
	live.Check(t, "go-cache/janitor", linked)
	c.Flush() // the cache is alive until here
}

func TestViper(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, []byte("port: 80\n"), 0o600))
	live.Check(t, "viper/watch", func(t *testing.T) func() {
		v := viper.New()
		v.SetConfigFile(file)
		require.NoError(t, v.ReadInConfig())
		v.WatchConfig()
		require.Empty(t, leakcheck.Find(leakcheck.Wait(0)).Leaks(), "neither viper nor its watcher is reported")
		return func() { require.NoError(t, os.Remove(file)) }
	})
}

func TestGocron(t *testing.T) {
	live.Check(t, "gocron/scheduler", func(t *testing.T) func() {
		s, err := gocron.NewScheduler()
		require.NoError(t, err)
		ran := make(chan struct{}, 1)
		_, err = s.NewJob(gocron.DurationJob(time.Hour), gocron.NewTask(func() { ran <- struct{}{} }),
			gocron.WithSingletonMode(gocron.LimitModeWait), gocron.WithStartAt(gocron.WithStartImmediately()))
		require.NoError(t, err)
		s.Start()
		<-ran
		return func() { require.NoError(t, s.Shutdown()) }
	})
}

func TestZstdDecoder(t *testing.T) {
	var stream bytes.Buffer
	encoder, err := zstd.NewWriter(&stream)
	require.NoError(t, err)
	_, err = encoder.Write(bytes.Repeat([]byte("leak"), 4<<20))
	require.NoError(t, err)
	require.NoError(t, encoder.Close())
	live.Check(t, "zstd/decoder", func(t *testing.T) func() {
		decoder, err := zstd.NewReader(io.MultiReader(&stream), zstd.WithDecoderConcurrency(2))
		require.NoError(t, err)
		_, err = decoder.Read(make([]byte, 1))
		require.NoError(t, err)
		return decoder.Close
	})
}

func TestZstdEncoder(t *testing.T) {
	live.Check(t, "zstd/encoder", func(t *testing.T) func() {
		encoder, err := zstd.NewWriter(io.Discard, zstd.WithEncoderConcurrency(2), zstd.WithConcurrentBlocks(true))
		require.NoError(t, err)
		_, err = encoder.Write(bytes.Repeat([]byte("leak"), 8<<20))
		require.NoError(t, err)
		return func() { require.NoError(t, encoder.Close()) }
	})
}

func TestGolangLRU(t *testing.T) {
	live.Check(t, "golang-lru/expirable", func(*testing.T) func() {
		expirable.NewLRU[string, int](10, nil, time.Minute)
		return nil
	})
}

func TestRistrettoV1(t *testing.T) {
	live.Check(t, "ristretto/cache-v1", func(t *testing.T) func() {
		c, err := ristrettov1.NewCache(&ristrettov1.Config{NumCounters: 100, MaxCost: 10, BufferItems: 64})
		require.NoError(t, err)
		return c.Close
	})
}

func TestRistretto(t *testing.T) {
	live.Check(t, "ristretto/cache", func(t *testing.T) func() {
		c, err := ristretto.NewCache(&ristretto.Config[string, int]{NumCounters: 100, MaxCost: 10, BufferItems: 64})
		require.NoError(t, err)
		return c.Close
	})
}

func TestOtter(t *testing.T) {
	live.Check(t, "otter/clean-up", func(t *testing.T) func() {
		c, err := otter.New(&otter.Options[string, int]{ExpiryCalculator: otter.ExpiryWriting[string, int](time.Minute)})
		require.NoError(t, err)
		return func() { assert.True(t, c.StopAllGoroutines()) }
	})
}

func TestBigcache(t *testing.T) {
	live.Check(t, "bigcache/clean", func(t *testing.T) func() {
		c, err := bigcache.New(context.Background(), bigcache.DefaultConfig(time.Minute))
		require.NoError(t, err)
		return func() { assert.NoError(t, c.Close()) }
	})
}

func TestGoMetrics(t *testing.T) {
	live.Check(t, "go-metrics/arbiter", func(*testing.T) func() {
		metrics.NewMeter().Stop() // the goroutine stays
		return nil
	})
}

func openLevelDB(t *testing.T) func() {
	db, err := leveldb.OpenFile(t.TempDir(), nil)
	require.NoError(t, err)
	return func() { assert.NoError(t, db.Close()) }
}

func TestLevelDB(t *testing.T) { live.Check(t, "goleveldb/db", openLevelDB) }

func TestLevelDBDrain(t *testing.T) { live.Check(t, "goleveldb/drain", openLevelDB) }

func TestAntsDefault(t *testing.T) { live.Check(t, "ants/default", linked) }

func TestAnts(t *testing.T) {
	live.Check(t, "ants/pool", func(t *testing.T) func() {
		p, err := ants.NewPool(2)
		require.NoError(t, err)
		require.NoError(t, p.Submit(func() {}))
		return p.Release
	})
}

// defaultQueue is made when the program starts, as bleve makes its own.
var defaultQueue = index.NewAnalysisQueue(1)

func TestBleveDefault(t *testing.T) {
	require.NotNil(t, defaultQueue)
	live.Check(t, "bleve/default", linked)
}

func TestBleveAnalysis(t *testing.T) {
	live.Check(t, "bleve/analysis", func(*testing.T) func() {
		return index.NewAnalysisQueue(2).Close
	})
}

func TestRegexp2(t *testing.T) {
	live.Check(t, "regexp2/clock", func(t *testing.T) func() {
		re := regexp2.MustCompile("a+b", 0)
		re.MatchTimeout = time.Second
		_, err := re.MatchString("aaab")
		require.NoError(t, err)
		return nil
	})
}

func TestRegexp2V2(t *testing.T) {
	live.Check(t, "regexp2/clock-v2", func(t *testing.T) func() {
		re := regexp2v2.MustCompile("a+b")
		re.MatchTimeout = time.Second
		_, err := re.MatchString("aaab")
		require.NoError(t, err)
		return nil
	})
}

func TestFsnotify(t *testing.T) {
	live.Check(t, "fsnotify/watcher", func(t *testing.T) func() {
		w, err := fsnotify.NewWatcher()
		require.NoError(t, err)
		require.NoError(t, w.Add(t.TempDir()))
		return func() { assert.NoError(t, w.Close()) }
	})
}

func TestNotify(t *testing.T) {
	notify.Stop(make(chan notify.EventInfo)) // keeps the library linked in
	live.Check(t, "notify/tree", linked)
}

func TestDesertbitTimer(t *testing.T) {
	timer.NewStoppedTimer()
	live.Check(t, "timer/routine", linked)
}

func TestHystrix(t *testing.T) {
	live.Check(t, "hystrix/monitor", func(t *testing.T) func() {
		require.NoError(t, hystrix.Do("command", func() error { return nil }, nil))
		hystrix.Flush() // forgets the circuits; their goroutines stay
		return nil
	})
}

func TestCron(t *testing.T) {
	live.Check(t, "cron/scheduler", func(*testing.T) func() {
		c := cron.New()
		c.Start()
		return func() { <-c.Stop().Done() }
	})
}

func TestWorkqueue(t *testing.T) {
	live.Check(t, "workqueue/waiting", func(*testing.T) func() {
		q := workqueue.NewTypedDelayingQueue[string]()
		return q.ShutDown
	})
}

// noMetrics makes a queue keep metrics, and forgets them.
type noMetrics struct{}

func (noMetrics) Inc()            {}
func (noMetrics) Dec()            {}
func (noMetrics) Set(float64)     {}
func (noMetrics) Observe(float64) {}

func (noMetrics) NewDepthMetric(string) workqueue.GaugeMetric            { return noMetrics{} }
func (noMetrics) NewAddsMetric(string) workqueue.CounterMetric           { return noMetrics{} }
func (noMetrics) NewLatencyMetric(string) workqueue.HistogramMetric      { return noMetrics{} }
func (noMetrics) NewWorkDurationMetric(string) workqueue.HistogramMetric { return noMetrics{} }
func (noMetrics) NewUnfinishedWorkSecondsMetric(string) workqueue.SettableGaugeMetric {
	return noMetrics{}
}
func (noMetrics) NewLongestRunningProcessorSecondsMetric(string) workqueue.SettableGaugeMetric {
	return noMetrics{}
}
func (noMetrics) NewRetriesMetric(string) workqueue.CounterMetric { return noMetrics{} }

func TestWorkqueueMetrics(t *testing.T) {
	live.Check(t, "workqueue/metrics", func(*testing.T) func() {
		q := workqueue.NewTypedWithConfig(workqueue.TypedQueueConfig[string]{Name: "queue", MetricsProvider: noMetrics{}})
		return q.ShutDown
	})
}

func TestEventually(t *testing.T) {
	live.Check(t, "testify/eventually", func(t *testing.T) func() {
		release := make(chan struct{})
		assert.Eventually(new(testing.T), func() bool { <-release; return true }, time.Millisecond, time.Millisecond)
		return func() { close(release) }
	})
}

// blinker is a program that shows a blinking cursor and quits when told to.
type blinker struct{ cursor cursor.Model }

func (b *blinker) Init() tea.Cmd                           { return tea.Batch(b.cursor.Focus(), b.cursor.BlinkCmd()) }
func (b *blinker) View() string                            { return b.cursor.View() }
func (b *blinker) Update(msg tea.Msg) (tea.Model, tea.Cmd) { return b, nil }

func TestBubblesCursor(t *testing.T) {
	live.Check(t, "bubbles/blink", func(t *testing.T) func() {
		p := tea.NewProgram(&blinker{cursor.New()}, tea.WithInput(nil), tea.WithoutRenderer(), tea.WithoutSignalHandler())
		done := make(chan error)
		go func() {
			_, err := p.Run()
			done <- err
		}()
		return func() {
			p.Quit()
			require.NoError(t, <-done)
		}
	})
}
