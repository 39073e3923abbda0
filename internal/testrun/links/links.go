// Package links keeps the test binaries that "leakcheck test" has linked. The go
// command keeps what it compiles, but links a test binary each time it runs it, and
// the checks make linking half as expensive again. It runs the linker through this
// program (go help build, -toolexec), which copies the binary of an earlier run if
// it was linked from the same inputs.
package links

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Command is the first argument by which the command leakcheck knows that it is
// to be this program. It is no subcommand: people have no use for it.
const Command = "leakcheck-link"

// script is the program for the shell, which starts in a fifth of the time of this
// one: the go command asks each tool for its version. Its arguments are the folder,
// the time at which the run began and the command line of the tool, and $0 is
// this executable, which a new one may be about to replace.
const script = `case "$3 $4" in *"/link -o") test -x "$0" && exec "$0" ` + Command + ` "$@" ;; esac; shift 2; exec "$@"`

// Flags are for a go command that is to keep linked binaries in a folder of dir, the
// folder for kept files; "" for none. There are no flags where that is not possible,
// which includes Windows: it bounds the length of a command line, and with -toolexec
// the go command does not shorten the long ones.
func Flags(dir string) []string {
	const shell = "/bin/sh"
	if _, err := os.Stat(shell); dir == "" || err != nil || runtime.GOOS == "windows" {
		return nil
	}
	s := store{dir: filepath.Join(dir, "links"), start: time.Now()}
	if err := os.Mkdir(s.dir, 0o700); err != nil && !os.IsExist(err) {
		return nil
	}
	s.trim()
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	words := []string{shell, "-c", script, self, s.dir, strconv.FormatInt(s.start.UnixNano(), 10)}
	for i, w := range words {
		var ok bool
		if words[i], ok = Quote(w); !ok {
			return nil
		}
	}
	return []string{"-toolexec=" + strings.Join(words, " ")}
}

// Quote has the go command take a word as one, if it can: it knows no escapes.
func Quote(word string) (string, bool) {
	for _, q := range []string{"", "'", `"`} {
		if q == "" && !strings.ContainsAny(word, " \t\n\r'\"") || q != "" && !strings.Contains(word, q) {
			return q + word + q, true
		}
	}
	return "", false
}

// Main is the program: args are those of the script. It returns the exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	if len(args) < 4 {
		fmt.Fprintf(stderr, "leakcheck: %s: for the use of leakcheck test alone\n", Command)
		return 2
	}
	start, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		fmt.Fprintf(stderr, "leakcheck: %s: %v\n", Command, err)
		return 2
	}
	s := store{dir: args[0], start: time.Unix(0, start), limit: sizeLimit}
	l := link{tool: args[2], args: args[3:]}
	key := l.key()
	if key != "" && s.copyTo(l.out, key) {
		return 0
	}
	code, out := l.link(key, &s)
	_, _ = stdout.Write(out) // the go command reads both outputs as one
	return code
}

// link is a command line of the linker.
type link struct {
	tool string
	args []string
	out  string // the file to write, once key has read the arguments
}

// key is a hash of all that decides what the linker writes, or "" where that cannot
// be said. The flag -buildid begins with the go command's own hash (linkActionID in
// cmd/go/internal/work) of the packages by their contents, of the release, the
// flags, the settings of Go and the GOROOT. The names of the files in which the
// packages lie are no part of the binary.
//
// It has the C code in packages of the standard library, which this linker can link,
// and with it the version of the C compiler, from which libgcc may be added.
func (l *link) key() string {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", l.tool)
	hashed := false
	for rest := l.args[:len(l.args)-1]; len(rest) > 0; { // the last one is the file of package main
		name, value, n := cut(rest)
		switch name {
		case "-s", "-w", "-race", "-X", "-extld", "-installsuffix":
		case "-buildid":
			hashed = hashed || strings.Count(value, "/") == 3 // that of the go command comes first
		case "-buildmode":
			// With pie, files of the system may decide which dynamic linker is named.
			if value != "exe" && (value != "pie" || runtime.GOOS != "darwin") {
				return ""
			}
		case "-o":
			l.out = value
		case "-importcfg":
		default: // such as -linkmode, -v, or a file with the arguments
			return ""
		}
		if name != "-o" && name != "-importcfg" {
			fmt.Fprintf(h, "%q\n", rest[:n])
		}
		rest = rest[n:]
	}
	if !hashed || l.out == "" {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// cut splits off the first flag, which takes the first n arguments.
func cut(args []string) (name, value string, n int) {
	name, value, joined := strings.Cut(args[0], "=")
	switch {
	case joined || slices.Contains([]string{"-s", "-w", "-race"}, name) || len(args) == 1:
		return name, value, 1
	}
	return name, args[1], 2
}

// link runs the linker and keeps the binary under a key, unless that is "". It
// returns the exit code and what the linker printed. After an interrupt printing ends
// this program, as the go command has ended, so the folder must be gone before.
func (l *link) link(key string, s *store) (code int, out []byte) {
	if key == "" {
		return l.run()
	}
	// An interrupt goes to the linker as well.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	// A folder of this name is what the linker makes for itself.
	temp, err := os.MkdirTemp("", "go-link-")
	if err != nil {
		return l.run()
	}
	defer os.RemoveAll(temp)
	code, out = l.run("-tmpdir=" + temp)
	// The linker writes there what the C compiler is to link. Then libraries of the
	// system are part of the binary, and nothing says which these are.
	if code == 0 && len(out) == 0 && isEmpty(temp) {
		s.put(key, l.out)
	}
	return code, out
}

// run runs the linker with further flags.
func (l *link) run(flags ...string) (code int, out []byte) {
	out, err := exec.Command(l.tool, slices.Concat(flags, l.args)...).CombinedOutput()
	if err == nil {
		return 0, out
	}
	if len(out) == 0 { // what the go command says of a tool that says nothing
		out = fmt.Appendf(nil, "%s: %v\n", l.tool, err)
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() > 0 {
		return exit.ExitCode(), out
	}
	return 1, out
}

func isEmpty(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}
