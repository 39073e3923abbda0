package inject

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// settle finds the release that the go command of g is of, and has g run it.
//
// Releases that the go command has downloaded lie in the module cache, where it
// allows no file to be replaced. It goes by the name of the file alone, so such
// a release gets another name: that of a link to it. The variable GOROOT with
// that name tells the go command where it is. It sets GOROOT itself when it
// changes to a downloaded release, so the tests see it either way.
func (g *Go) settle(vars map[string]string, temp string) (goroot, error) {
	root, cache := vars["GOROOT"], vars["GOMODCACHE"]
	if cache == "" || !within(cache, root) {
		return goroot(root), nil
	}
	link, err := linkTo(root, temp)
	if err != nil {
		return "", fmt.Errorf("%s lies in the module cache, where no file can be replaced, and a link to it is not "+
			"possible: %w", root, err)
	}
	g.Cmd = filepath.Join(link, "bin", "go")
	if runtime.GOOS == "windows" {
		g.Cmd += ".exe"
	}
	g.Env = append(g.Env, "GOROOT="+link)
	return goroot(link), nil
}

// linkTo returns a link to dir. It stays from run to run, since the go command
// would rebuild and retest everything under another name, but where there is no folder for
// that it lies in temp.
func linkTo(dir, temp string) (string, error) {
	if cache, err := os.UserCacheDir(); err == nil {
		links := filepath.Join(cache, "leakcheck", "toolchains")
		link := filepath.Join(links, filepath.Base(dir))
		if os.MkdirAll(links, 0o755) == nil && symlink(dir, link) == nil {
			return link, nil
		}
	}
	link := filepath.Join(temp, filepath.Base(dir))
	return link, symlink(dir, link)
}

// symlink makes a link to dir, or is content with one that is there.
func symlink(dir, link string) error {
	err := os.Symlink(dir, link)
	if !errors.Is(err, os.ErrExist) {
		return err
	}
	old, err := os.Readlink(link)
	if err == nil && old != dir {
		err = fmt.Errorf("%s is another link", link)
	}
	return err
}

func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}
