package fleet_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"net/http"

	"github.com/leakcheck-go/goroutine/internal/dumps/load"
	"github.com/leakcheck-go/goroutine/internal/fleet"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// The history reads back, keeps the newest and takes nothing away that is not
// its own.
func TestHistory(t *testing.T) {
	t.Parallel()
	data := profile(t, map[*stackparse.Goroutine]int64{pool: 8, conn: 2})
	targets := serve(t, func(w http.ResponseWriter, _ *http.Request, _ string) { w.Write(data) })(2)
	targets[1].Job, targets[1].Instance = "../..", "a:1/../\x00"
	f := (&fleet.Collector{Loader: load.Loader{NoProof: true}}).Collect(t.Context(), targets)
	dir := t.TempDir()
	h := fleet.History{Dir: dir, Keep: 2}
	start := time.Date(2026, 11, 24, 10, 15, 0, 0, time.UTC)
	foreign := filepath.Join(dir, "api", "0", "00000000T000000Z.pb.gz.txt")
	require.NoError(t, os.MkdirAll(filepath.Dir(foreign), 0o777))
	require.NoError(t, os.WriteFile(foreign, nil, 0o666))
	for i := range 3 {
		require.NoError(t, h.Save(f, start.Add(time.Duration(i)*time.Hour)))
	}
	assert.FileExists(t, foreign)
	for _, name := range []string{"api/0", "_/a_1_..__", "fleet"} {
		found, err := filepath.Glob(filepath.Join(dir, name, "*.pb.gz"))
		require.NoError(t, err)
		require.Len(t, found, 2, "%s", name)
		assert.Equal(t, "20261124T111500Z.pb.gz", filepath.Base(found[0]))
		data, err := os.ReadFile(found[1])
		require.NoError(t, err)
		recs, err := pprofile.Parse(data)
		require.NoError(t, err)
		total := int64(0)
		for _, r := range recs {
			total += r.Count
		}
		want := int64(10)
		if name == "fleet" {
			want = 20
		}
		assert.Equal(t, want, total, name)
	}

	blocked := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(blocked, nil, 0o666))
	assert.Error(t, (&fleet.History{Dir: blocked}).Save(f, start))
}
