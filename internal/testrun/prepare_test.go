package testrun

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
)

// Of the package of a folder nobody need be asked where it is: here there is no go
// command that could say so.
func TestDirsOfFolder(t *testing.T) {
	t.Parallel()
	here, err := filepath.Abs(".")
	require.NoError(t, err)
	dir := t.TempDir()
	leaky := &Package{Path: "m/a", Reports: []*report.Report{{}}}
	for _, row := range []struct {
		reason   string
		dir      string
		patterns []string
		packages []*Package
		want     map[string]string
	}{
		{"no pattern is the folder", "", nil, []*Package{leaky}, map[string]string{"m/a": here}},
		{"so is a dot", "", []string{"."}, []*Package{leaky}, map[string]string{"m/a": here}},
		{"-C names another folder", dir, nil, []*Package{leaky}, map[string]string{"m/a": dir}},
		{"nothing was found", "", nil, []*Package{{Path: "m/a"}}, nil},
		{"a pattern may be anywhere", "", []string{"./..."}, []*Package{leaky}, nil},
		{"files may be anywhere", "", []string{"x/a_test.go"},
			[]*Package{{Path: byFiles, Reports: leaky.Reports}}, nil},
	} {
		p := &prepared{plan: &inject.Plan{Go: inject.Go{Cmd: filepath.Join(dir, "none"), Dir: row.dir}}}
		assert.Equal(t, row.want, p.dirs(&Args{packages: row.patterns}, row.packages), row.reason)
	}
}
