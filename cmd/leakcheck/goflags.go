package main

import (
	"flag"
	"fmt"
	"slices"
	"strings"
)

// goArgs is the part of a command line that is for go test.
type goArgs struct {
	dir      string   // the value of -C
	before   []string // arguments up to the end of the packages, which may be none
	after    []string // arguments after the packages
	packages []string // the packages, as given; also in before
	files    []string // flags that decide which files belong to a package, for go list
	overlay  string   // the value of -overlay
	json     bool     // -json
}

// args returns the arguments for go test, with flags before all others and more
// files after the packages. The last of two -overlay flags would count, so
// overlay stands for the user's. Vet is off: it would be run in the folders of
// our packages, which are there for the go command alone.
func (g *goArgs) args(overlay string, files []string) []string {
	drop := func(arg string) bool { return strings.HasPrefix(arg, "-overlay=") }
	return slices.Concat([]string{"test", "-vet=off", "-overlay=" + overlay}, slices.DeleteFunc(slices.Clone(g.before), drop),
		files, slices.DeleteFunc(slices.Clone(g.after), drop))
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
