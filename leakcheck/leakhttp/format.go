package leakhttp

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/render"
	"github.com/leakcheck-go/goroutine/internal/service/live"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// formats write a survey in the forms that the parameter format names. What
// fails while it is written has lost its reader, unless the text says so.
var formats = map[string]func(http.ResponseWriter, *live.Survey, request){
	"html": writePage,
	"text": func(w http.ResponseWriter, v *live.Survey, want request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		r := shortened(v, textFindings, "shown with verbose=1")
		if want.verbose {
			r = explained(v)
		}
		_ = report.Text{Name: report.LiveName, Verbose: want.verbose}.Write(w, r)
	},
	"json": func(w http.ResponseWriter, v *live.Survey, _ request) {
		w.Header().Set("Content-Type", "application/json")
		_ = report.JSON{}.Write(w, explained(v))
	},
	"jsonl": func(w http.ResponseWriter, v *live.Survey, _ request) {
		w.Header().Set("Content-Type", "application/jsonl")
		_ = report.JSON{Lines: true}.Write(w, explained(v))
	},
	"pprof": func(w http.ResponseWriter, v *live.Survey, _ request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", `attachment; filename="goroutine.pb.gz"`)
		_ = pprofile.Write(w, v.All)
	},
	"dump": func(w http.ResponseWriter, v *live.Survey, _ request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		gs := make([]stackparse.Goroutine, len(v.All))
		for i := range v.All {
			gs[i] = *v.All[i].Goroutine
		}
		if err := stackparse.Write(w, gs); err != nil {
			fmt.Fprintf(w, "\nleakhttp: incomplete: %s\n", report.Escape(err.Error()))
		}
	},
}

// accepted is the format for a header Accept. Browsers name HTML first; of what
// curl and its like accept, which is everything, text is the easiest to read.
func accepted(header string) string {
	for part := range strings.SplitSeq(header, ",") {
		kind, params, _ := strings.Cut(part, ";")
		if strings.ReplaceAll(params, " ", "") == "q=0" {
			continue // not acceptable, see RFC 9110, section 12.4.2
		}
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "text/html":
			return "html"
		case "application/json":
			return "json"
		case "application/jsonl", "application/x-ndjson":
			return "jsonl"
		case "text/plain", "text/*", "*/*":
			return "text"
		}
	}
	return "text"
}

// explained is the report with what a reader has to know about its source.
func explained(v *live.Survey) *report.Report {
	r := sourced(v)
	r.Notes = append([]string{identity(v)}, r.Notes...)
	return r
}

// sourced is the report with what its source does not know.
func sourced(v *live.Survey) *report.Report {
	r := *v.Report
	r.Notes = slices.Clone(r.Notes) // the survey is shared
	if !v.Full {
		r.Notes = append(r.Notes, "from a profile, without ids, ages and go statements; full=1 has them")
	}
	return &r
}

// textFindings is how many findings text shows, unless verbose.
const textFindings = 20

// shortened is the report with as many findings as a person may want to read, and
// a note on where the others are.
func shortened(v *live.Survey, n int, where string) *report.Report {
	return explained(v).Unusual(where).First(n, where)
}

func writePage(w http.ResponseWriter, v *live.Survey, want request) {
	page := render.HTML{Static: true, Now: v.Taken, About: identity(v), Links: links(v),
		Actions: append([]render.Action{proofAction(v)}, normalActions(v)...)}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", page.Policy()+"; frame-ancestors 'none'")
	_ = page.Write(w, sourced(v))
}

// links lead to other forms of the same look.
func links(v *live.Survey) []render.Link {
	more, full := render.Link{Text: "With ids, ages and go statements", Address: "?full=1"}, ""
	if v.Full {
		more, full = render.Link{Text: "From a profile, which costs little", Address: "?"}, "&full=1"
	}
	size := live.HeapSize()
	memory := render.Link{Address: "?heap=1", Text: fmt.Sprintf("Who holds what they wait for: "+
		"reads the heap, which stops the process for about %v (%d MB)", live.HeapStop(size), size>>20)}
	if v.Heap {
		full = "&heap=1"
	}
	return []render.Link{more, memory,
		{Text: "Text", Address: "?format=text" + full},
		{Text: "JSON", Address: "?format=json" + full},
		{Text: "pprof", Address: "?format=pprof" + full},
		{Text: "Dump", Address: "?format=dump"},
	}
}

// normalActions keep and forget what is normal.
func normalActions(v *live.Survey) []render.Action {
	keep := render.Action{Text: "This is normal", Query: "normal=" + keepNormal,
		Note: "remembers the current numbers: kinds that grow beyond them come first"}
	if v.Normal.IsZero() {
		return []render.Action{keep}
	}
	forget := render.Action{Text: "Forget what is normal", Query: "normal=" + forgetNormal,
		Note: "kept at " + v.Normal.UTC().Format(time.TimeOnly) + " UTC"}
	keep.Text = "This is normal now"
	return []render.Action{keep, forget}
}

func proofAction(v *live.Survey) render.Action {
	a := render.Action{Text: "Find what is proven leaked", Note: "costs a garbage collection"}
	if why := capture.WhyNoProof(); why != "" {
		a.Off, a.Note = true, why
	} else if !v.Proof.IsZero() {
		a.Note += "; last done at " + v.Proof.UTC().Format(time.TimeOnly) + " UTC"
	}
	return a
}
