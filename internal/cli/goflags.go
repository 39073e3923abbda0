package cli

import (
	"cmp"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/testrun"
)

// goArgs is the part of a command line that is for go test.
type goArgs struct {
	dir               string   // the value of -C
	before            []string // arguments up to the end of the packages, which may be none
	after             []string // arguments after the packages
	packages          []string // the packages, as given; also in before
	files             []string // flags that decide which files belong to a package, for go list
	overlay           string   // the value of -overlay
	json              bool     // -json
	verbose           string   // the value of -v; "" where it is not given
	bench, fuzz, list bool     // -bench, -fuzz and -list, with a value
}

// args returns the arguments for go test, with our flags before all others.
// The last of two -overlay flags would count, so overlay stands for the user's.
//
// The command reads events. A -v that follows -json decides, in the test binary,
// how tests are printed: as the user wants it, and testing.Verbose says the same
// as it does without the command.
//
// Vet is off: it would be run in the folders of our packages, which are there
// for the go command alone.
func (g *goArgs) args(overlay string) []string {
	ours := []string{"test", "-vet=off", "-overlay=" + overlay, "-json"}
	if !g.json || g.verbose != "" {
		ours = append(ours, "-v="+cmp.Or(g.verbose, "false"))
	}
	drop := func(arg string) bool { return strings.HasPrefix(arg, "-overlay=") }
	return slices.Concat(ours, slices.DeleteFunc(slices.Clone(g.before), drop), slices.DeleteFunc(slices.Clone(g.after), drop))
}

// fromGoFlags adds what the variable GOFLAGS asks for where the arguments do not,
// and returns the overlay of the user.
func (g *goArgs) fromGoFlags(flags []string) (overlay string) {
	overlay = g.overlay
	for _, f := range flags {
		switch name, value, _ := strings.Cut(strings.TrimLeft(f, "-"), "="); {
		case name == "overlay" && overlay == "":
			overlay = value
		case name == "json":
			g.json = value != "false"
		case name == "v" && g.verbose == "":
			g.verbose = cmp.Or(value, "true")
		}
	}
	return overlay
}

// mode is how go test prints with these arguments.
func (g *goArgs) mode() testrun.Mode {
	named := len(g.packages) > 0
	return testrun.Mode{
		JSON:   g.json,
		Passes: g.verbose != "" && g.verbose != "false" || g.list,
		Direct: !named || g.bench || g.fuzz,
		Final:  named && !g.fuzz,
	}
}

// Flags of go test ("go help build", "go help testflag"). Those that are not
// here belong to the test binary: what follows them may be their value and is
// no package.
const (
	goBools = "a n race msan asan cover v work x linkshared modcacherw trimpath buildvcs json " +
		"c benchmem failfast short fullpath artifacts"
	goValues = "C p covermode coverpkg coverprofile asmflags buildmode compiler gccgoflags gcflags installsuffix ldflags " +
		"mod modfile overlay pgo pkgdir tags toolexec exec vet bench benchtime blockprofile blockprofilerate count cpu " +
		"cpuprofile fuzz list memprofile memprofilerate mutexprofile mutexprofilefraction outputdir parallel run skip " +
		"timeout fuzztime fuzzminimizetime trace shuffle"
	// goFiles are those of them that decide which files belong to a package.
	goFiles = "race msan asan tags mod modfile overlay compiler installsuffix"
)

func among(names, name string) bool { return slices.Contains(strings.Fields(names), name) }

// splitter separates our flags from those of go test, whose rules it follows
// (cmd/go/internal/test.testFlags): flags stand before and after the packages,
// and what the first unknown flag or -args begins is for the test binary.
type splitter struct {
	ours *flag.FlagSet
	goArgs
	inPackages, pastPackages bool
}

// splitArgs sets our flags in fs. A missing value or a bad one of ours is an
// error; what is wrong with go test's own flags it says better itself.
func splitArgs(fs *flag.FlagSet, args []string) (*goArgs, error) {
	s := &splitter{ours: fs}
	for len(args) > 0 {
		n, err := s.next(args)
		if err != nil {
			return nil, err
		}
		args = args[n:]
	}
	return &s.goArgs, nil
}

// next takes what args begin with and returns how many of them that are.
func (s *splitter) next(args []string) (int, error) {
	name, value, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(args[0], "-"), "-"), "=")
	switch {
	case args[0] == "--", name == "args" && args[0] != name:
		s.after = append(s.after, args...)
		return len(args), nil
	case !strings.HasPrefix(args[0], "-") || args[0] == "-":
		return s.plain(args), nil
	}
	s.pastPackages = s.pastPackages || s.inPackages
	if name == "h" || name == "help" {
		return 0, flag.ErrHelp
	}
	if f := s.ours.Lookup(name); f != nil {
		return s.own(f, value, hasValue, args)
	}
	known := strings.TrimPrefix(name, "test.")
	switch {
	case among(goBools, known):
		return 1, s.keep(known, value, args[:1])
	case !among(goValues, known):
		s.pastPackages = true
		s.after = append(s.after, args[0])
		return 1, nil
	case hasValue:
		return 1, s.keep(known, value, args[:1])
	case len(args) == 1:
		return 0, usagef("flag -%s needs a value", name)
	}
	return 2, s.keep(known, args[1], args[:2])
}

// plain takes an argument that is no flag: a package, or after the packages
// something for the test binary.
func (s *splitter) plain(args []string) int {
	if s.pastPackages {
		s.after = append(s.after, args[0])
		return 1
	}
	s.inPackages = true
	s.packages = append(s.packages, args[0])
	s.before = append(s.before, args[0])
	return 1
}

// own sets one of our flags.
func (s *splitter) own(f *flag.Flag, value string, hasValue bool, args []string) (int, error) {
	n := 1
	if b, ok := f.Value.(interface{ IsBoolFlag() bool }); !hasValue && ok && b.IsBoolFlag() {
		value = "true"
	} else if !hasValue {
		if len(args) == 1 {
			return 0, usagef("flag -%s needs a value", f.Name)
		}
		value, n = args[1], 2
	}
	if err := s.ours.Set(f.Name, value); err != nil {
		return 0, usagef("invalid value %q for flag -%s: %v", value, f.Name, err)
	}
	return n, nil
}

// keep takes a flag of go test and its value, if that is an argument of its own.
func (s *splitter) keep(name, value string, args []string) error {
	flag := args[0]
	if len(args) == 2 {
		flag = fmt.Sprintf("%s=%s", args[0], value) // the same to the go command
	}
	switch name {
	case "bench":
		s.bench = value != ""
	case "fuzz":
		s.fuzz = value != ""
	case "list":
		s.list = value != ""
	case "C":
		s.dir = value
		return nil
	case "vet":
		if value != "off" {
			return usagef("-vet=%s: vet cannot run here; run go vet or go test beside leakcheck test", value)
		}
	case "overlay":
		s.overlay, flag = value, "-overlay="+value
	case "json":
		s.json = value != "false"
		return nil // see args
	case "v":
		s.verbose = cmp.Or(value, "true")
		return nil
	}
	if among(goFiles, name) {
		s.files = append(s.files, flag)
	}
	if s.pastPackages {
		s.after = append(s.after, flag)
	} else {
		s.before = append(s.before, flag)
	}
	return nil
}

// splitGoFlags splits the value of GOFLAGS: at spaces, but a flag may stand in
// quotes (go help environment).
func splitGoFlags(value string) []string {
	var flags []string
	for value = strings.TrimSpace(value); value != ""; value = strings.TrimSpace(value) {
		end := " "
		if value[0] == '\'' || value[0] == '"' {
			end, value = value[:1], value[1:]
		}
		var f string
		f, value, _ = strings.Cut(value, end)
		flags = append(flags, f)
	}
	return flags
}
