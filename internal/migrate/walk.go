package migrate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Files returns the Go files that patterns name, by their folders: a pattern is
// a file, a folder, or a folder followed by "/..." for those below it too. Left
// out below such a pattern are folders that the go command leaves out (vendor,
// testdata, names that begin with "." or "_") and other modules.
func Files(patterns []string) (map[string][]string, error) {
	dirs := map[string][]string{}
	for _, pattern := range patterns {
		if err := addPattern(dirs, filepath.FromSlash(pattern)); err != nil {
			return nil, err
		}
	}
	for dir := range dirs {
		slices.Sort(dirs[dir])
		dirs[dir] = slices.Compact(dirs[dir])
	}
	return dirs, nil
}

func addPattern(dirs map[string][]string, pattern string) error {
	root, below := strings.CutSuffix(pattern, string(filepath.Separator)+"...")
	if pattern == "..." {
		root, below = ".", true
	}
	info, err := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: no such file or folder; name packages by their folders: ./... is all of them", pattern)
	case err != nil:
		return err
	case !info.IsDir() && filepath.Ext(root) != ".go":
		return fmt.Errorf("%s: not a Go file", pattern)
	case !info.IsDir():
		dirs[filepath.Dir(root)] = append(dirs[filepath.Dir(root)], root)
		return nil
	case below:
		return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && path != root && leftOut(path, d.Name()):
				return fs.SkipDir
			case d.IsDir():
				return addDir(dirs, path)
			}
			return nil
		})
	}
	return addDir(dirs, root)
}

// leftOut reports whether the go command does not take the folder for a part of
// the module around it.
func leftOut(path, name string) bool {
	if name == "vendor" || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}

func addDir(dirs map[string][]string, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() && filepath.Ext(e.Name()) == ".go" {
			dirs[dir] = append(dirs[dir], filepath.Join(dir, e.Name()))
		}
	}
	return nil
}
