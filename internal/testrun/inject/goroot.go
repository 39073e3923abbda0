package inject

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// Release is the oldest release that the checks can be built with: that of the
// go line of our go.mod, since packages of the standard library are compiled as
// the language of their release.
const Release = "go1.26"

// minVersion is the same as a number of package internal/goversion.
const minVersion = 26

// goroot is the folder of a Go release.
type goroot string

func (g goroot) path(name string) string {
	return filepath.Join(string(g), "src", filepath.FromSlash(name))
}

var versionConst = regexp.MustCompile(`(?m)^const Version = (\d+)$`)

// check sees to it that the release is not too old.
func (g goroot) check() error {
	text, err := os.ReadFile(g.path("internal/goversion/goversion.go"))
	if err != nil {
		return fmt.Errorf("the sources of the standard library are needed: %w", err)
	}
	m := versionConst.FindSubmatch(text)
	if m == nil {
		return nil // what it lacks will be named
	}
	if n, err := strconv.Atoi(string(m[1])); err == nil && n < minVersion {
		return fmt.Errorf("the checks need %s or later, and this is go1.%d; choose a release with GOTOOLCHAIN",
			Release, n)
	}
	return nil
}

// release is the version of g for people.
func (g goroot) release() string {
	text, err := os.ReadFile(filepath.Join(string(g), "VERSION"))
	if err != nil {
		return "this release of Go"
	}
	return string(regexp.MustCompile(`^\S+`).Find(text))
}

// patched returns the changed files of package testing and, with proofs, of the
// experiment, by path below GOROOT/src. Files that the user replaces are read as
// the user has them.
func (g goroot) patched(o *overlay, proofs bool) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, p := range patches {
		text, err := o.read(g.path(p.name))
		if err != nil {
			return nil, err
		}
		s, err := parseSource(p.name, text)
		if err == nil {
			err = p.change(s)
		}
		if err != nil {
			return nil, fmt.Errorf("the standard library of %s is not one that leakcheck knows: %w; "+
				"try a newer leakcheck", g.release(), err)
		}
		files[p.name] = Splice(text, s.edits)
	}
	if !proofs {
		return files, nil
	}
	text, err := o.read(g.path(experimentFile))
	if errors.Is(err, os.ErrNotExist) {
		return files, nil
	}
	if err != nil {
		return nil, err
	}
	files[experimentFile], err = switchOn(text)
	return files, err
}
