package filters

import (
	"slices"
	"time"
)

// memoryLibraries are caches, stores, pools, clocks and watchers: what works within
// the process or on its files.
func memoryLibraries() []Entry {
	return slices.Concat(caches(), stores(), pools(), clocksAndWatchers())
}

// caches tidy up in the background.
func caches() []Entry {
	return []Entry{
		{
			ID: "go-cache/janitor", Module: "github.com/patrickmn/go-cache", Class: ClassBenign, Since: "v2.1.0",
			Match: CreatedBy("github.com/patrickmn/go-cache.runJanitor"),
			Why: "removes expired items; a finalizer ends it some time after the cache became garbage, and no " +
				"call does",
			Source: "cache.go: runJanitor",
		}, {
			ID: "golang-lru/expirable", Module: "github.com/hashicorp/golang-lru/v2", Class: ClassBenign, Since: "v2.0.7",
			Match:  CreatedBy("github.com/hashicorp/golang-lru/v2/expirable.NewLRU[...]"),
			Why:    "removes expired items; the channel that would end it is never closed",
			Source: "expirable/expirable_lru.go: NewLRU",
		}, {
			ID: "ristretto/cache-v1", Module: "github.com/dgraph-io/ristretto", Class: ClassMissingClose, Since: "v0.2.0",
			Match: Any(CreatedBy("github.com/dgraph-io/ristretto.NewCache"),
				CreatedBy("github.com/dgraph-io/ristretto.newDefaultPolicy"),
				CreatedBy("github.com/dgraph-io/ristretto.(*Cache).Clear")),
			Why:    "applies writes and the admission policy of a cache until it is closed",
			Source: "cache.go: NewCache; policy.go: newDefaultPolicy",
			Fix:    "cache.Close()",
		}, {
			ID: "ristretto/cache", Module: "github.com/dgraph-io/ristretto/v2", Class: ClassMissingClose, Since: "v2.4.2",
			Match: Any(CreatedBy("github.com/dgraph-io/ristretto/v2.NewCache[...]"),
				CreatedBy("github.com/dgraph-io/ristretto/v2.newDefaultPolicy[...]"),
				CreatedBy("github.com/dgraph-io/ristretto/v2.(*Cache[...]).Clear")),
			Why:    "applies writes and the admission policy of a cache until it is closed",
			Source: "cache.go: NewCache; policy.go: newDefaultPolicy",
			Fix:    "cache.Close()",
		}, {
			ID: "otter/clean-up", Module: "github.com/maypok86/otter/v2", Class: ClassMissingClose, Since: "v2.4.0",
			Match: CreatedBy("github.com/maypok86/otter/v2.newCache[...]"),
			Why: "removes expired entries every second; it ends at a tick after the cache became garbage, " +
				"or at once if it is told to",
			Source: "cache_impl.go: newCache, periodicCleanUp",
			Fix:    "cache.StopAllGoroutines()",
		}, {
			ID: "bigcache/clean", Module: "github.com/allegro/bigcache/v3", Class: ClassMissingClose, Since: "v3.1.0",
			Match:  CreatedBy("github.com/allegro/bigcache/v3.newBigCache"),
			Why:    "evicts old entries every CleanWindow until the cache is closed",
			Source: "bigcache.go: newBigCache",
			Fix:    "cache.Close(), or cancel the context that New got",
		},
	}
}

// stores keep or pack data.
func stores() []Entry {
	return []Entry{
		{
			ID: "zstd/decoder", Module: "github.com/klauspost/compress", Class: ClassMissingClose, Since: "v1.20.4",
			Match: Any(CreatedBy("github.com/klauspost/compress/zstd.(*Decoder).Reset"),
				CreatedBy("github.com/klauspost/compress/zstd.(*Decoder).startStreamDecoder")),
			Why: "decodes a stream ahead of its reader until the decoder is closed or has reached the end; " +
				"the io.ReadCloser of IOReadCloser closes it, and WithDecoderConcurrency(1) starts none",
			Source: "zstd/decoder.go: (*Decoder).Reset, startStreamDecoder",
			Fix:    "decoder.Close()",
		}, {
			ID: "zstd/encoder", Module: "github.com/klauspost/compress", Class: ClassMissingClose, Since: "v1.20.4",
			Match:  CreatedBy("github.com/klauspost/compress/zstd.(*Encoder).startJobWorkers"),
			Why:    "compresses the parts of a stream side by side until the encoder is closed",
			Source: "zstd/enc_jobs.go: (*Encoder).startJobWorkers",
			Fix:    "encoder.Close(), which writes the end of the stream as well",
		}, {
			ID: "goleveldb/drain", Module: "github.com/syndtr/goleveldb", Class: ClassSlowToStop, Since: "v1.0.0",
			Match: All(CreatedBy("github.com/syndtr/goleveldb/leveldb.openDB"),
				AnyFunction("github.com/syndtr/goleveldb/leveldb.(*DB).mpoolDrain")),
			Why:    "empties the pool of tables; after Close it waits up to a second for the last one",
			Source: "leveldb/db_state.go: (*DB).mpoolDrain",
			Fix:    "db.Close()", Linger: time.Second,
		}, {
			ID: "goleveldb/db", Module: "github.com/syndtr/goleveldb", Class: ClassMissingClose, Since: "v1.0.0",
			Match: Any(CreatedBy("github.com/syndtr/goleveldb/leveldb.openDB"),
				CreatedBy("github.com/syndtr/goleveldb/leveldb/util.NewBufferPool")),
			Why:    "compacts the tables of an open database",
			Source: "leveldb/db.go: openDB; leveldb/util/buffer_pool.go: NewBufferPool",
			Fix:    "db.Close()",
		},
	}
}

// pools hand work to goroutines of their own.
func pools() []Entry {
	const gocron = "github.com/go-co-op/gocron/v2"
	return []Entry{
		{
			ID: "ants/default", Module: "github.com/panjf2000/ants/v2", Class: ClassBenign, Since: "v2.12.1",
			Match:  All(antsPool(), StartedIn(1)),
			Why:    "keeps the default pool, which a package variable holds since the program started",
			Source: "ants.go: defaultAntsPool",
		}, {
			ID: "ants/pool", Module: "github.com/panjf2000/ants/v2", Class: ClassMissingClose, Since: "v2.12.1",
			Match: Any(antsPool(), All(CreatedBy("github.com/panjf2000/ants/v2.(*goWorker).run"),
				TopFunction("github.com/panjf2000/ants/v2.(*goWorker).run.func*"))),
			Why:    "purges idle workers, keeps the time, or waits for a task of a pool until it is released",
			Source: "ants.go: (*poolCommon).goPurge, goTicktock; worker.go: (*goWorker).run",
			Fix:    "pool.Release()",
		}, {
			ID: "bleve/default", Module: "github.com/blevesearch/bleve_index_api", Class: ClassBenign, Since: "v1.4.1",
			Match:  All(bleveAnalysis(), StartedIn(1)),
			Why:    "analyzes documents for all indexes; an init function of bleve makes this queue for the process",
			Source: "analysis.go: NewAnalysisQueue",
		}, {
			ID: "bleve/analysis", Module: "github.com/blevesearch/bleve_index_api", Class: ClassMissingClose, Since: "v1.4.1",
			Match:  bleveAnalysis(),
			Why:    "analyzes documents of an index until the queue is closed",
			Source: "analysis.go: NewAnalysisQueue",
			Fix:    "queue.Close(), or index.Close() for the queue of an index",
		}, {
			ID: "hystrix/monitor", Module: "github.com/afex/hystrix-go", Class: ClassBenign,
			Since: "v0.0.0-20180502004556-fa1af6a1f4f5",
			Match: Any(CreatedBy("github.com/afex/hystrix-go/hystrix.newMetricExchange"),
				CreatedBy("github.com/afex/hystrix-go/hystrix.newPoolMetrics")),
			Why:    "counts the outcomes of a circuit; its channel is never closed, not even by Flush",
			Source: "hystrix/metrics.go: newMetricExchange; hystrix/pool_metrics.go: newPoolMetrics",
		}, {
			ID: "cron/scheduler", Module: "github.com/robfig/cron/v3", Class: ClassMissingClose, Since: "v3.0.1",
			Match:  CreatedBy("github.com/robfig/cron/v3.(*Cron).Start"),
			Why:    "starts jobs when they are due until the scheduler is stopped",
			Source: "cron.go: (*Cron).Start",
			Fix:    "<-cron.Stop().Done(), which waits for running jobs as well",
		}, {
			ID: "gocron/scheduler", Module: gocron, Class: ClassMissingClose, Since: "v2.21.2",
			Match: Any(CreatedBy(gocron+".NewScheduler"), CreatedBy(gocron+".(*scheduler).selectStart"),
				CreatedBy(gocron+".(*executor).start"), CreatedBy(gocron+".(*executor).start.func1"),
				CreatedBy(gocron+".(*scheduler).selectJobTimingUpdate")),
			Why:    "schedules and runs jobs until the scheduler is shut down; NewScheduler starts it, before Start",
			Source: "scheduler.go: NewScheduler, selectStart; executor.go: (*executor).start",
			Fix:    "scheduler.Shutdown(), which waits for running jobs; StopJobs leaves the scheduler running",
		}, {
			ID: "workqueue/waiting", Module: "k8s.io/client-go", Class: ClassMissingClose, Since: "v0.37.2",
			Match:  CreatedBy("k8s.io/client-go/util/workqueue.newDelayingQueue[...]"),
			Why:    "holds items of a delaying queue until they are due",
			Source: "util/workqueue/delaying_queue.go: newDelayingQueue",
			Fix:    "queue.ShutDown()",
		}, {
			ID: "workqueue/metrics", Module: "k8s.io/client-go", Class: ClassMissingClose, Since: "v0.37.2",
			Match: All(CreatedBy("sync.(*WaitGroup).Go"),
				AnyFunction("k8s.io/client-go/util/workqueue.(*Typed[...]).updateUnfinishedWorkLoop")),
			Why:    "updates the metrics of a queue every 500 ms; older releases ended it at a tick after ShutDown",
			Source: "util/workqueue/queue.go: newQueue",
			Fix:    "queue.ShutDown()",
		},
	}
}

// clocksAndWatchers wait for the time, or for the system.
func clocksAndWatchers() []Entry {
	return []Entry{
		{
			ID: "go-metrics/arbiter", Module: "github.com/rcrowley/go-metrics", Class: ClassBenign,
			Since:  "v0.0.0-20250401214520-65e299d6c5c9",
			Match:  CreatedBy("github.com/rcrowley/go-metrics.NewMeter"),
			Why:    "ticks all meters of the process every 5 seconds; the first meter starts it, and nothing stops it",
			Source: "meter.go: NewMeter",
		}, {
			ID: "regexp2/clock", Module: "github.com/dlclark/regexp2", Class: ClassBenign, Since: "v1.12.0",
			Match: CreatedBy("github.com/dlclark/regexp2.extendClock"),
			Why: "keeps the time for matches with a timeout; all share it, and it ends a second after the last " +
				"deadline",
			Source: "fastclock.go: extendClock",
		}, {
			ID: "regexp2/clock-v2", Module: "github.com/dlclark/regexp2/v2", Class: ClassBenign, Since: "v2.13.0",
			Match: CreatedBy("github.com/dlclark/regexp2/v2.extendClock"),
			Why: "keeps the time for matches with a timeout; all share it, and it ends a second after the last " +
				"deadline",
			Source: "fastclock.go: extendClock",
		}, {
			ID: "fsnotify/watcher", Module: "github.com/fsnotify/fsnotify", Class: ClassMissingClose, Since: "v1.10.1",
			Match:  CreatedBy("github.com/fsnotify/fsnotify.newBackend"),
			Why:    "reads the system's events until the watcher is closed",
			Source: "backend_inotify.go: newBackend",
			Fix:    "watcher.Close()",
		}, {
			ID: "viper/watch", Module: "github.com/spf13/viper", Class: ClassBenign, Since: "v1.21.0",
			Match: Any(CreatedBy("github.com/spf13/viper.(*Viper).WatchConfig"),
				CreatedBy("github.com/spf13/viper.(*Viper).WatchConfig.func1")),
			Why:    "reads a config file again when it changes; no call ends it, only the removal of the file does",
			Source: "viper.go: (*Viper).WatchConfig",
			Fix:    "remove the config file that it watches",
		}, {
			ID: "notify/tree", Module: "github.com/rjeczalik/notify", Class: ClassBenign, Since: "v0.9.3",
			Match: Any(CreatedBy("github.com/rjeczalik/notify.newNonrecursiveTree"),
				CreatedBy("github.com/rjeczalik/notify.newRecursiveTree")),
			Why:    "hands on the events of the process's only tree, which a package variable holds; nothing stops it",
			Source: "tree_nonrecursive.go: newNonrecursiveTree; tree_recursive.go: newRecursiveTree",
		}, {
			ID: "timer/routine", Module: "github.com/desertbit/timer", Class: ClassBenign, Since: "v1.0.1",
			Match:  CreatedBy("github.com/desertbit/timer.init.0"),
			Why:    "fires the timers of the process; started by an init function, and nothing stops it",
			Source: "timers.go: init",
		}, {
			ID: "bubbles/blink", Module: "github.com/charmbracelet/bubbles", Class: ClassSlowToStop, Since: "v1.0.0",
			Match: All(AnyFunction("github.com/charmbracelet/bubbles/cursor.(*Model).BlinkCmd.func1"),
				Any(CreatedBy("github.com/charmbracelet/bubbletea.(*Program).execBatchMsg"),
					CreatedBy("github.com/charmbracelet/bubbletea.(*Program).handleCommands.func1"))),
			Why: "waits for the next blink of a cursor, half a second; a program that quits does not wait for " +
				"its commands",
			Source: "cursor/cursor.go: (*Model).BlinkCmd",
			Fix:    "program.Quit()", Linger: time.Second,
		},
	}
}

func antsPool() Filter {
	return Any(CreatedBy("github.com/panjf2000/ants/v2.(*poolCommon).goPurge"),
		CreatedBy("github.com/panjf2000/ants/v2.(*poolCommon).goTicktock"))
}

func bleveAnalysis() Filter {
	return CreatedBy("github.com/blevesearch/bleve_index_api.NewAnalysisQueue")
}
