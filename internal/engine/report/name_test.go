package report_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

func TestName(t *testing.T) {
	t.Parallel()
	for fn, want := range map[string]string{
		"main.main":                                               "main.main",
		"net/http.(*persistConn).readLoop":                        "http.(*persistConn).readLoop",
		"github.com/robfig/cron/v3.(*Cron).run":                   "cron.(*Cron).run",
		"github.com/robfig/cron/v3.wait":                          "cron.wait",
		"gopkg.in/yaml%2ev3.(*Decoder).Decode":                    "yaml.(*Decoder).Decode",
		"example.com/a/v12/b.F":                                   "b.F",
		"example.com/a/v2.Map[example.com/b/v3.Key,go.shape.int]": "a.Map[example.com/b/v3.Key,go.shape.int]",
		"example.com/a/v2.(*T[example.com/b/v3.Key]).Run.func1":   "a.(*T[example.com/b/v3.Key]).Run.func1",
		"v2.F":                    "v2.F",
		"example.com/vx.F":        "vx.F",
		"example.com/nats%2ego.F": "nats.F",
		"noname":                  "noname",
		"":                        "",
	} {
		assert.Equal(t, want, report.Name(fn), fn)
	}
}
