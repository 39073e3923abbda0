// Package logs checks the catalogue's entries for loggers. Its tests look at
// all goroutines of the process, so none of them is parallel.
package logs

import (
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/cihub/seelog"
	"github.com/golang/glog"
	log "github.com/ipfs/go-log/writer"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"
	"gopkg.in/natefinch/lumberjack.v2"
	klogv1 "k8s.io/klog"
	"k8s.io/klog/v2"

	"github.com/leakcheck-go/goroutine/internal/eval/livetest/live"
)

// What an init function starts is there as soon as the library is linked in.
func linked(*testing.T) (fix func()) { return nil }

func TestGlog(t *testing.T) {
	glog.CopyStandardLogTo("INFO") // keeps the library linked in
	live.Check(t, "glog/flush", linked)
}

func TestKlogV1(t *testing.T) {
	klogv1.CopyStandardLogTo("INFO")
	live.Check(t, "klog/flush-v1", linked)
}

func TestKlog(t *testing.T) {
	live.Check(t, "klog/flush", func(*testing.T) func() {
		klog.StartFlushDaemon(time.Minute)
		return klog.StopFlushDaemon
	})
}

func TestLumberjack(t *testing.T) {
	live.Check(t, "lumberjack/mill", func(t *testing.T) func() {
		l := &lumberjack.Logger{Filename: filepath.Join(t.TempDir(), "log"), MaxBackups: 1}
		require.NoError(t, l.Rotate())
		require.NoError(t, l.Close())
		return nil
	})
}

func TestZapBuffered(t *testing.T) {
	live.Check(t, "zap/buffered", func(t *testing.T) func() {
		ws := &zapcore.BufferedWriteSyncer{WS: zapcore.AddSync(io.Discard)}
		_, err := ws.Write([]byte("one\n"))
		require.NoError(t, err)
		return func() { require.NoError(t, ws.Stop()) }
	})
}

func TestSeelogDefault(t *testing.T) {
	require.NotNil(t, seelog.Default)
	live.Check(t, "seelog/default", linked)
}

func TestSeelog(t *testing.T) {
	live.Check(t, "seelog/logger", func(t *testing.T) func() {
		l, err := seelog.LoggerFromConfigAsString(`<seelog type="asyncloop"><outputs><file path="` +
			filepath.Join(t.TempDir(), "log") + `"/></outputs></seelog>`)
		require.NoError(t, err)
		return l.Close
	})
}

func TestIPFSLogDefault(t *testing.T) {
	require.NotNil(t, log.WriterGroup)
	live.Check(t, "go-log/default", linked)
}

func TestIPFSLog(t *testing.T) {
	live.Check(t, "go-log/mirror", func(t *testing.T) func() {
		w := log.NewMirrorWriter()
		return func() { require.NoError(t, w.Close()) }
	})
}
