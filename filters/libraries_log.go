package filters

// logLibraries are loggers that flush, rotate or forward in the background.
func logLibraries() []Entry {
	return []Entry{
		{
			ID: "glog/flush", Module: "github.com/golang/glog", Class: ClassBenign, Since: "v1.2.5",
			Match:  Any(CreatedBy("github.com/golang/glog.init.0"), CreatedBy("github.com/golang/glog.init.1")),
			Why:    "flushes the log files every 30 seconds; started by an init function, and nothing stops it",
			Source: "glog_file.go: init",
		}, {
			ID: "klog/flush-v1", Module: "k8s.io/klog", Class: ClassBenign, Since: "v1.0.0",
			Match:  CreatedBy("k8s.io/klog.init.0"),
			Why:    "flushes the log files every 5 seconds; started by an init function, and nothing stops it",
			Source: "klog.go: init",
		}, {
			ID: "klog/flush", Module: "k8s.io/klog/v2", Class: ClassBenign, Since: "v2.140.0",
			Match: CreatedBy("k8s.io/klog/v2.(*flushDaemon).run"),
			Why: "flushes the log files every 5 seconds; the process has one, started when a log file is first written, " +
				"by whichever test does that",
			Source: "klog.go: (*flushDaemon).run",
			Fix:    "klog.StopFlushDaemon()",
		}, {
			ID: "lumberjack/mill", Module: "gopkg.in/natefinch/lumberjack.v2", Class: ClassBenign, Since: "v2.2.1",
			Match:  CreatedBy("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).mill.func1"),
			Why:    "compresses and removes old log files; started by the first rotation, and Close does not end it",
			Source: "lumberjack.go: (*Logger).mill",
		}, {
			ID: "zap/buffered", Module: "go.uber.org/zap", Class: ClassMissingClose, Since: "v1.28.0",
			Match: CreatedBy("go.uber.org/zap/zapcore.(*BufferedWriteSyncer).initialize"),
			Why: "flushes a BufferedWriteSyncer every 30 seconds until it is stopped; its first Write starts it, " +
				"and Sync does not end it",
			Source: "zapcore/buffered_write_syncer.go: (*BufferedWriteSyncer).initialize",
			Fix:    "ws.Stop() on the BufferedWriteSyncer, which flushes as well",
		}, {
			ID: "seelog/default", Module: "github.com/cihub/seelog", Class: ClassBenign,
			Since:  "v0.0.0-20170130134532-f561c5e57575",
			Match:  All(seelogLogger(), StartedIn(1)),
			Why:    "writes the messages of the Default and Disabled loggers, which an init function makes",
			Source: "log.go: init",
		}, {
			ID: "seelog/logger", Module: "github.com/cihub/seelog", Class: ClassMissingClose,
			Since:  "v0.0.0-20170130134532-f561c5e57575",
			Match:  seelogLogger(),
			Why:    "writes the messages of an asynchronous logger until it is closed",
			Source: "behavior_asynclooplogger.go: NewAsyncLoopLogger",
			Fix:    "logger.Close(), after logger.Flush()",
		}, {
			ID: "go-log/default", Module: "github.com/ipfs/go-log", Class: ClassBenign, Since: "v1.0.5",
			Match:  All(CreatedBy("github.com/ipfs/go-log/writer.NewMirrorWriter"), StartedIn(1)),
			Why:    "copies log lines to the process's WriterGroup, which a package variable holds",
			Source: "writer/option.go: WriterGroup",
		}, {
			ID: "go-log/mirror", Module: "github.com/ipfs/go-log", Class: ClassMissingClose, Since: "v1.0.5",
			Match: CreatedBy("github.com/ipfs/go-log/writer.NewMirrorWriter"),
			Why: "copies what is written to a MirrorWriter until it is closed; those of the writers added to it " +
				"stay even then",
			Source: "writer/writer.go: NewMirrorWriter",
			Fix:    "w.Close()",
		},
	}
}

func seelogLogger() Filter { return CreatedBy("github.com/cihub/seelog.NewAsyncLoopLogger") }
