package explore

import (
	"embed"
	"path"
	"strings"
)

// perturbPath is where the rewritten files find package perturb: among the
// packages of the standard library, where no go.mod has to require it.
const perturbPath = "leakcheckperturb"

//go:embed perturb/*.go
var sources embed.FS

// bubbles tells package perturb of testing/synctest, whose state only packages
// of the standard library can read.
const bubbles = `package perturb

import "internal/synctest"

func init() { inBubble = synctest.IsInBubble }
`

// library returns the files of package perturb, by their names below GOROOT/src.
func library() (map[string][]byte, error) {
	entries, err := sources.ReadDir("perturb")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{perturbPath + "/bubbles.go": []byte(bubbles)}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		text, err := sources.ReadFile("perturb/" + e.Name())
		if err != nil {
			return nil, err
		}
		files[path.Join(perturbPath, e.Name())] = text
	}
	return files, nil
}

// Perturb returns the files of package perturb by their names, for a build that
// [Build] does not make.
func Perturb() (map[string][]byte, error) {
	files, err := library()
	if err != nil {
		return nil, err
	}
	own := map[string][]byte{}
	for name, text := range files {
		// Only the standard library may import what bubbles.go does.
		if base := path.Base(name); base != "bubbles.go" {
			own[base] = text
		}
	}
	return own, nil
}
