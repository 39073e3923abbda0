package source

import "path/filepath"

// InModule returns file as a path below the folder of the main module, with
// slashes, or "" where it lies elsewhere or that folder is not known. It is
// what tools that know the repository call the file.
func (t *Tree) InModule(file string) string {
	if t.Root == "" {
		return ""
	}
	path := filepath.Clean(t.locate(filepath.FromSlash(file)))
	if !within(t.Root, path) {
		return ""
	}
	rel, err := filepath.Rel(t.Root, path)
	if err != nil {
		return ""
	}
	return filepath.ToSlash(rel)
}
