package testrun

import (
	"cmp"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
	"github.com/leakcheck-go/goroutine/internal/testrun/links"
)

// Args is the part of a command line that is for go test.
type Args struct {
	dir               string   // the value of -C
	before            []string // arguments up to the end of the packages, which may be none
	after             []string // arguments after the packages
	packages          []string // the packages, as given; also in before
	files             []string // flags that decide which files belong to a package, for go list
	overlay           string   // the value of -overlay
	json              bool     // -json
	verbose           string   // the value of -v; "" where it is not given
	ldflags           string   // the value of -ldflags
	coverpkg          string   // the value of -coverpkg
	bench, fuzz, list bool     // -bench, -fuzz and -list, with a value
	builds            bool     // the user says how tools run, with -toolexec, -a, -n or -x
	tools             []string // flags of ours by which tools run
}

// Dir is the folder that the go command is to work in, "" for the current one.
func (g *Args) Dir() string { return g.dir }

// Overlaid reports whether the tests are to see other files than those on disk.
func (g *Args) Overlaid() bool { return g.overlay != "" }

// Events reports whether standard output is for a program: -json.
func (g *Args) Events() bool { return g.json }

// args returns the arguments for go test, with our flags before all others.
// The last of two -overlay flags would count, so overlay stands for the user's.
//
// The command reads events. A -v that follows -json decides, in the test binary,
// how tests are printed: as the user wants it, and testing.Verbose says the same
// as it does without the command.
func (g *Args) args(overlay string) []string {
	ours := []string{"test", "-overlay=" + overlay, "-json"}
	if !g.json || g.verbose != "" {
		ours = append(ours, "-v="+cmp.Or(g.verbose, "false"))
	}
	ours = append(ours, g.tools...)
	drop := []string{"overlay"}
	if !g.linksOtherwise() {
		ours = append(ours, "-ldflags="+g.linkerFlags())
		drop = append(drop, "ldflags")
	}
	return slices.Concat(ours, without(g.before, drop), without(g.after, drop))
}

// keepSymbols has the linker keep the names of package-level variables, which go
// test leaves out of test binaries: reports say what holds a goroutine. It costs
// at most 2 % of the time of building a test binary, and DWARF 29 to 41 %
// (BenchmarkLink).
const keepSymbols = "-s=false"

// linkerFlags are the flags for the linker: ours and the user's, which decide.
func (g *Args) linkerFlags() string {
	if g.linksOtherwise() {
		return g.ldflags
	}
	return strings.TrimSpace(keepSymbols + " " + g.ldflags)
}

// linksOtherwise reports whether ours cannot be put before the user's flags for
// the linker: those are for certain packages (-ldflags=example.com/...=-s), or
// for another linker.
func (g *Args) linksOtherwise() bool {
	return g.ldflags != "" && !strings.HasPrefix(strings.TrimSpace(g.ldflags), "-") ||
		slices.Contains(g.files, "-compiler=gccgo")
}

// without returns the arguments except for flags of these names, as keep left them.
// What follows -args is for the test binary.
func without(args, names []string) []string {
	end := slices.IndexFunc(args, func(arg string) bool { return strings.TrimLeft(arg, "-") == "args" && arg != "args" })
	if end < 0 {
		end = len(args)
	}
	kept := slices.DeleteFunc(slices.Clone(args[:end]), func(arg string) bool {
		name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimLeft(arg, "-"), "test."), "=")
		return strings.HasPrefix(arg, "-") && slices.Contains(names, name)
	})
	return append(kept, args[end:]...)
}

// fromGoFlags adds what the variable GOFLAGS asks for where the arguments do not,
// and returns the overlay of the user.
func (g *Args) fromGoFlags(flags []string) (overlay string) {
	overlay = g.overlay
	for _, f := range flags {
		switch name, value, _ := strings.Cut(strings.TrimLeft(f, "-"), "="); {
		case name == "overlay" && overlay == "":
			overlay = value
		case name == "ldflags" && g.ldflags == "":
			g.ldflags = value
		case name == "coverpkg" && g.coverpkg == "":
			g.coverpkg = value
		case name == "json":
			g.json = value != "false"
		case name == "v" && g.verbose == "":
			g.verbose = cmp.Or(value, "true")
		case runsTools(name):
			g.builds = true
		}
	}
	return overlay
}

// runsTools reports whether a flag of the go command is about how it runs compilers
// and linkers.
func runsTools(name string) bool { return slices.Contains([]string{"toolexec", "a", "n", "x"}, name) }

// keepLinks has binaries linked once, where the user leaves it to the go command how
// that is done.
func (g *Args) keepLinks() {
	if !g.builds && !g.linksOtherwise() {
		g.tools = links.Flags(inject.KeptDir())
	}
}

// checkCoverage refuses to measure what is tested in another form: the cover tool
// reads the files that are there, without the calls of the checks.
func (g *Args) checkCoverage() error {
	for _, pattern := range strings.Split(g.coverpkg, ",") {
		if inject.Replaces(pattern) {
			return fmt.Errorf("-coverpkg=%s: package testing and a few others of the standard library are replaced "+
				"for the checks and cannot be covered; -coverpkg=./... names those of the module", pattern)
		}
	}
	return nil
}

// mode is how go test prints with these arguments.
func (g *Args) mode() Mode {
	named := len(g.packages) > 0
	return Mode{
		JSON:   g.json,
		Passes: g.verbose != "" && g.verbose != "false" || g.list,
		Direct: !named || g.bench || g.fuzz,
		Final:  named && !g.fuzz,
	}
}

// flagKind says how the go command takes a flag.
type flagKind int

const (
	isBool       flagKind = 1 << iota // alone, or with =value
	hasValue                          // with =value, or the next argument
	decidesFiles                      // it decides which files belong to a package
)

// goFlags are the flags of go test. Those that are not here belong to the test
// binary: what follows them may be their value and is no package.
var goFlags = map[string]flagKind{
	// go help build
	"a":             isBool,
	"asan":          isBool | decidesFiles,
	"asmflags":      hasValue,
	"buildmode":     hasValue,
	"buildvcs":      isBool,
	"C":             hasValue,
	"compiler":      hasValue | decidesFiles,
	"cover":         isBool,
	"covermode":     hasValue,
	"coverpkg":      hasValue,
	"gccgoflags":    hasValue,
	"gcflags":       hasValue,
	"installsuffix": hasValue | decidesFiles,
	"json":          isBool,
	"ldflags":       hasValue,
	"linkshared":    isBool,
	"mod":           hasValue | decidesFiles,
	"modcacherw":    isBool,
	"modfile":       hasValue | decidesFiles,
	"msan":          isBool | decidesFiles,
	"n":             isBool,
	"overlay":       hasValue | decidesFiles,
	"p":             hasValue,
	"pgo":           hasValue,
	"pkgdir":        hasValue,
	"race":          isBool | decidesFiles,
	"tags":          hasValue | decidesFiles,
	"toolexec":      hasValue,
	"trimpath":      isBool,
	"v":             isBool,
	"work":          isBool,
	"x":             isBool,

	// go help test, go help testflag
	"artifacts":            isBool,
	"bench":                hasValue,
	"benchmem":             isBool,
	"benchtime":            hasValue,
	"blockprofile":         hasValue,
	"blockprofilerate":     hasValue,
	"c":                    isBool,
	"count":                hasValue,
	"coverprofile":         hasValue,
	"cpu":                  hasValue,
	"cpuprofile":           hasValue,
	"exec":                 hasValue,
	"failfast":             isBool,
	"fullpath":             isBool,
	"fuzz":                 hasValue,
	"fuzzminimizetime":     hasValue,
	"fuzztime":             hasValue,
	"list":                 hasValue,
	"memprofile":           hasValue,
	"memprofilerate":       hasValue,
	"mutexprofile":         hasValue,
	"mutexprofilefraction": hasValue,
	"outputdir":            hasValue,
	"parallel":             hasValue,
	"run":                  hasValue,
	"short":                isBool,
	"shuffle":              hasValue,
	"skip":                 hasValue,
	"timeout":              hasValue,
	"trace":                hasValue,
	"vet":                  hasValue,
}

// splitter separates our flags from those of go test, whose rules it follows
// (cmd/go/internal/test.testFlags): flags stand before and after the packages,
// and what the first unknown flag or -args begins is for the test binary.
type splitter struct {
	ours *flag.FlagSet
	Args
	inPackages, pastPackages bool
}

// SplitArgs sets the command's own flags in fs. A missing or bad value of one of
// them is an error; go test itself reports what is wrong with its flags.
func SplitArgs(fs *flag.FlagSet, args []string) (*Args, error) {
	s := &splitter{ours: fs}
	for len(args) > 0 {
		n, err := s.next(args)
		if err != nil {
			return nil, err
		}
		args = args[n:]
	}
	return &s.Args, nil
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
	case goFlags[known]&isBool != 0:
		return 1, s.keep(known, value, args[:1])
	case goFlags[known] == 0:
		s.pastPackages = true
		s.after = append(s.after, args[0])
		return 1, nil
	case hasValue:
		return 1, s.keep(known, value, args[:1])
	case len(args) == 1:
		return 0, fmt.Errorf("flag -%s needs a value", name)
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
			return 0, fmt.Errorf("flag -%s needs a value", f.Name)
		}
		value, n = args[1], 2
	}
	if err := s.ours.Set(f.Name, value); err != nil {
		return 0, fmt.Errorf("invalid value %q for flag -%s: %v", value, f.Name, err)
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
	case "ldflags":
		s.ldflags = value
	case "coverpkg":
		s.coverpkg = value
	case "bench":
		s.bench = value != ""
	case "fuzz":
		s.fuzz = value != ""
	case "list":
		s.list = value != ""
	case "C":
		s.dir = value
		return nil
	case "overlay":
		s.overlay, flag = value, "-overlay="+value
	case "json":
		s.json = value != "false"
		return nil // see args
	case "v":
		s.verbose = cmp.Or(value, "true")
		return nil
	}
	s.builds = s.builds || runsTools(name)
	if goFlags[name]&decidesFiles != 0 {
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
