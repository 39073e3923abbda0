// Package gleak has the functions of github.com/onsi/gomega/gleak, with the
// verdicts and the report of leakcheck. To move over, change the import path:
//
//	import "github.com/leakcheck-go/goroutine/leakcheck/gleak"
//
// It has all of the package in Gomega 1.44.0. The pattern for each test stays:
//
//	BeforeEach(func() {
//		good := gleak.Goroutines()
//		DeferCleanup(func() {
//			Eventually(gleak.Goroutines).ShouldNot(gleak.HaveLeaked(good))
//		})
//	})
//
// In new code without Gomega use package leakcheck itself.
//
// # What is the same
//
// Match looks once at the goroutines that it gets; Eventually polls, with its own
// timeout. Names mean the same as in gleak, with "..." and " [state]". HaveLeaked
// takes any matcher of Gomega that takes a Goroutine, and And, Or, Not and the
// like take the matchers of this package. The messages begin with "Expected not to
// leak 1 goroutines:".
//
// # What is different
//
// Each point begins with what gleak does.
//
//   - The message lists every goroutine with its calls. Here goroutines with equal
//     stacks are one entry with a count, source lines, the likely mistake, a fix,
//     and the matcher that leaves it out. If the runtime offers a proof, the
//     message has it.
//   - Idle HTTP connections are leaks, and so are goroutines that well-known
//     libraries keep running on purpose. Here they are not: see
//     filters.Catalogue.
//   - Tests that run at the same time as the caller are leaks. Here the
//     goroutines of the tests themselves are not, but the goroutines that they
//     start are.
//   - Goroutines that init functions started are leaks unless they are ignored.
//     Here they are not.
//   - ReportFilenameWithPath prints the paths of files. Here it prints a whole
//     stack for each entry, which has them.
//   - State has the labels of package pprof if GODEBUG has them printed. Here it
//     never has them.
//   - The matchers are of the type types.GomegaMatcher. Here they are of the type
//     Matcher, an interface with the same methods: each can be assigned to the
//     other, but a slice or a function type of one is not one of the other.
//   - Messages print maps, structs and interfaces as Gomega's package format
//     does. Here they print them as package fmt does, in one line.
//   - G panics when it is given a nil *Goroutine. Here it returns an error.
//
// Except for packages of this module it imports the standard library only,
// so it does not depend on Gomega.
package gleak
