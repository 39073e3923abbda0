package sarif

import (
	"path"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// fixes are the change that ended the leak when it was tried. Its text has to stay as
// it is, so that a change is left out that could do more on a screen than show itself.
func (s SARIF) fixes(f *report.Finding) []fixObject {
	if f.Fix == nil || !f.Fix.Trial.Passed || len(f.Fix.Edits) == 0 {
		return nil
	}
	out := fixObject{Description: message{Text: report.Escape(f.Fix.What)}}
	files := map[string]int{}
	for _, e := range f.Fix.Edits {
		plain := strings.NewReplacer("\n", "", "\t", "", "\r", "").Replace(e.Text)
		if report.Escape(plain) != plain || report.Escape(e.Path) != e.Path {
			return nil
		}
		n, ok := files[e.Path]
		if !ok {
			n = len(out.ArtifactChanges)
			files[e.Path] = n
			out.ArtifactChanges = append(out.ArtifactChanges, artifactChange{
				ArtifactLocation: artifactLocation{URI: uri(path.Join(s.Dir, e.Path)), URIBaseID: base}})
		}
		c := &out.ArtifactChanges[n]
		c.Replacements = append(c.Replacements,
			replacement{wholeLines{max(e.Line, 1), 1, max(e.Line, 1) + max(e.Lines, 0), 1}, message{Text: e.Text}})
	}
	return []fixObject{out}
}
