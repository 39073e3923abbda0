package leakcheck

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/testbin"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// publish hands a report that was printed to programs: as attributes of the
// test t, as files where -artifacts or LEAKCHECK_REPORT asks for them, and as
// annotations to GitHub Actions. problem gets what goes wrong with that, which
// fails nothing. t is nil for the check of a whole process.
func publish(t TB, r engine.Outcome, problem func(string)) {
	// A TB of another framework may have no attributes.
	if t, ok := t.(interface{ Attr(key, value string) }); ok {
		t.Attr("leakcheck.leaks", strconv.Itoa(r.Total))
		t.Attr("leakcheck.proven", strconv.Itoa(r.Proven))
		t.Attr("leakcheck.causes", causes(r.Report))
		if n := len(r.Left); n > 0 {
			t.Attr("leakcheck.left", strconv.Itoa(n))
		}
	}
	for _, parent := range reportDirs(t) {
		if err := writeReport(parent, r); err != nil {
			problem("the report could not be written: " + report.Escape(err.Error()))
		}
	}
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		annotate(os.Stdout, r.Report)
	}
}

// causes are the ids of the causes of r, each once.
func causes(r *report.Report) string {
	var ids []string
	for i := range r.Findings {
		if id := report.Escape(r.Findings[i].Cause.ID); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return strings.Join(ids, ",")
}

// reportDirs are the folders that reports go to.
func reportDirs(t TB) []string {
	var dirs []string
	if testbin.Flag("artifacts") == "true" {
		// Since Go 1.26; a TB of another framework may not have it.
		if t, ok := t.(interface{ ArtifactDir() string }); ok {
			dirs = append(dirs, t.ArtifactDir())
		} else {
			dirs = append(dirs, artifactDir())
		}
	}
	if dir := os.Getenv("LEAKCHECK_REPORT"); dir != "" {
		dirs = append(dirs, fromStart(dir))
	}
	return dirs
}

// artifactDir is the folder for what belongs to no test, next to those that
// package testing makes: OUTPUTDIR/_artifacts/PACKAGE.
func artifactDir() string {
	parts := []string{fromStart(testbin.Flag("outputdir")), "_artifacts"}
	for part := range strings.SplitSeq(strings.TrimPrefix(testbin.Package(), source.Here().Module+"/"), "/") {
		parts = append(parts, words.FileName(part))
	}
	return filepath.Join(parts...)
}

// fromStart is dir as seen from where the process was started: a test may have
// changed the folder since.
func fromStart(dir string) string {
	if filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(source.Here().Dir, dir)
}

// writeReport writes a report and the dump that it was made from into a folder
// of their own below parent, which appears with all of them in it or not at
// all. Several processes may write to the same parent.
func writeReport(parent string, r engine.Outcome) error {
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(parent, tempPrefix+"*")
	if err != nil {
		return err
	}
	err = writeFiles(temp, r)
	if err == nil {
		name := words.FileName(r.Package+"."+r.Subject) + "-" + strings.TrimPrefix(filepath.Base(temp), tempPrefix)
		// A rename within a folder is atomic: who collects reports while tests run sees no
		// half of one.
		err = os.Rename(temp, filepath.Join(parent, name))
	}
	if err != nil {
		os.RemoveAll(temp)
	}
	return err
}

// tempPrefix begins the name of a folder that is not complete yet.
const tempPrefix = ".leakcheck-"

func writeFiles(dir string, r engine.Outcome) error {
	if err := os.Chmod(dir, 0o755); err != nil { // others may collect what CI leaves
		return err
	}
	var findings, dump bytes.Buffer
	if err := (report.JSON{}).Write(&findings, r.Report); err != nil {
		return err
	}
	if err := stackparse.Write(&dump, r.Dump); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "report.json"), findings.Bytes(), 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "goroutines.txt"), dump.Bytes(), 0o666)
}

// annotate prints the commands that have GitHub Actions show the findings at
// their lines. A process has no more of them than GitHub shows of one step.
func annotate(w io.Writer, r *report.Report) {
	n := int64(len(r.Findings))
	// Add returns what all reports together have with this one.
	left := min(n, maxAnnotations+n-annotations.Add(n))
	if left <= 0 {
		return
	}
	// If standard output is closed, nobody reads workflow commands.
	_ = report.GitHub{Dir: inRepository(source.Here().Root), Limit: int(left)}.Write(w, r)
}

// maxAnnotations is how many errors GitHub shows of one step.
const maxAnnotations = 10

// annotations counts the findings of the reports that this process has annotated.
var annotations atomic.Int64

// inRepository is the folder of a module below that of its repository, with
// slashes; "" where they are the same or there is no repository.
func inRepository(module string) string {
	root := source.Above(module, ".git") // a folder, or a file in a worktree
	rel, err := filepath.Rel(root, module)
	if module == "" || root == "" || err != nil || rel == "." {
		return ""
	}
	return filepath.ToSlash(rel)
}

// tell makes a function that prints problems to w.
func tell(w io.Writer) func(string) {
	return func(problem string) { fmt.Fprintf(w, "leakcheck: %s\n", problem) }
}
