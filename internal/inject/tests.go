package inject

import (
	"path/filepath"
	"slices"
	"strings"
)

// tests are the test files of one package, those in the package itself first.
type tests struct {
	files []*testFile
}

// readTests reads the test files of pkg, as the user's overlay has them.
func (p *preparation) readTests(pkg *goPackage) (*tests, error) {
	t := &tests{}
	for _, name := range slices.Concat(pkg.TestGoFiles, pkg.XTestGoFiles) {
		path := filepath.Join(pkg.Dir, name)
		src, err := p.overlay.read(path)
		if err != nil {
			return nil, err
		}
		f, err := parse(name, src)
		if err != nil {
			return nil, err
		}
		f.path = path
		t.files = append(t.files, f)
	}
	return t, nil
}

// checker returns the import path of the leak checker that the tests use, or "".
func (t *tests) checker() string {
	for _, f := range t.files {
		for _, path := range f.imports() {
			if slices.ContainsFunc(checkers, func(c string) bool { return path == c || strings.HasPrefix(path, c+"/") }) {
				return path
			}
		}
	}
	return ""
}

func (t *tests) hasMain() bool {
	return slices.ContainsFunc(t.files, func(f *testFile) bool { return f.main })
}

// noRun says why the package as a whole is not checked though it has a
// TestMain, or "".
func (t *tests) noRun() string {
	var to []string
	for _, f := range t.files {
		if f.runs > 0 {
			return ""
		}
		to = append(to, f.handedTo...)
	}
	if len(to) > 0 {
		return "its tests are checked one by one only: TestMain hands its *testing.M to " + strings.Join(to, ", ") + ", which is not in its test files"
	}
	return "its tests are checked one by one only: no m.Run() is seen in its TestMain"
}
