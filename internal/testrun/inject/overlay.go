package inject

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// overlay maps the files that the go command sees to the files that it reads.
type overlay struct {
	dir     string            // holds the files that are written
	replace map[string]string // absolute paths
}

// newOverlay begins with the overlay that the user gave to the go command, which
// runs in base, or "" for none.
func newOverlay(dir, base, user string) (*overlay, error) {
	o := &overlay{dir: dir, replace: map[string]string{}}
	if user == "" {
		return o, nil
	}
	text, err := os.ReadFile(at(base, user))
	if err != nil {
		return nil, fmt.Errorf("-overlay: %w", err)
	}
	var file struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("-overlay: %s: %w", user, err)
	}
	for from, to := range file.Replace {
		if to != "" { // else the file appears to be deleted
			to = at(base, to)
		}
		o.replace[at(base, from)] = to
	}
	return o, nil
}

// at returns path as seen from the folder base.
func at(base, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(base, path)
}

// read returns the contents of a file as the go command sees it.
func (o *overlay) read(path string) ([]byte, error) {
	if to, ok := o.replace[path]; ok {
		path = to
	}
	return os.ReadFile(path)
}

// add has the go command read text at path.
func (o *overlay) add(path string, text []byte) error {
	file := filepath.Join(o.dir, strconv.Itoa(len(o.replace))+"_"+filepath.Base(path))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	o.replace[path] = file
	return nil
}

// keep has the go command read files, by their paths below GOROOT/src, from k as
// far as they can be kept there.
func (o *overlay) keep(k *kept, root goroot, files map[string][]byte) error {
	defer k.close()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		to := root.path(name)
		if file := k.file(filepath.Base(to), files[name]); file != "" {
			o.replace[to] = file
		} else if err := o.add(to, files[name]); err != nil {
			return err
		}
	}
	return nil
}

// write writes the file for the -overlay flag and returns its name.
func (o *overlay) write() (string, error) {
	text, err := json.Marshal(struct{ Replace map[string]string }{o.replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(o.dir, "overlay.json")
	return file, os.WriteFile(file, text, 0o600)
}
