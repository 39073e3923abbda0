package leakhttp

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/internal/service/live"
)

// started is about when this process began: packages are initialized first.
var started = time.Now()

// program is what runs here: the host, the process, and the build of its binary
// as the go command has recorded it.
var program = sync.OnceValue(func() string {
	parts := []string{fmt.Sprintf("process %d", os.Getpid())}
	if host, err := os.Hostname(); err == nil {
		parts = []string{"host " + host, parts[0]}
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		parts = append(parts, build(info))
	}
	return strings.Join(append(parts, runtime.Version()), ", ")
})

// build is the main package of a binary with its version, or the revision that it
// was built from where it has no version.
func build(info *debug.BuildInfo) string {
	version := info.Main.Version
	if version == "" || version == "(devel)" {
		version = ""
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				version = s.Value[:min(len(s.Value), 12)]
			case s.Key == "vcs.modified" && s.Value == "true":
				version += "+dirty"
			}
		}
	}
	return strings.TrimSpace(info.Path + " " + version)
}

// identity names the process of a survey, for a reader with the pages of several
// open, and says since when its growth is known.
func identity(v *live.Survey) string {
	text := fmt.Sprintf("%s, up for %v", program(), v.Taken.Sub(started).Round(time.Second))
	if v.Samples > 1 {
		text += fmt.Sprintf(", sampled %d times since %s UTC", v.Samples, v.Since.UTC().Format(time.TimeOnly))
	}
	return text
}
