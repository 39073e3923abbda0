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
// Match looks once at the goroutines that it is given; Eventually polls, with its
// own timeout. Names mean what they mean in gleak, with "..." and " [state]".
// Any matcher of Gomega that takes a Goroutine may be given to HaveLeaked, and the
// matchers of this package may be given to And, Or, Not and the like. The messages
// begin with "Expected not to leak 1 goroutines:".
//
// # What is different
//
// Each point begins with what gleak does.
//
//   - The message lists every goroutine with its calls. Here equal ones are one
//     entry with a count, source lines, the likely mistake, a fix, and the matcher
//     that leaves it out. Where the runtime offers a proof, it is in the message.
//   - Idle HTTP connections are leaks, and so is what well-known libraries keep
//     running on purpose. Here they are not: see filters.Catalogue.
//   - Tests that run at the same time as the caller are leaks. Here the own goroutines of tests
//     are not, though what these start is.
//   - What init functions started is a leak unless it is ignored. Here it is not.
//   - ReportFilenameWithPath prints the paths of files. Here it prints a whole
//     stack for each entry, which has them.
//   - State has the labels of package pprof where GODEBUG has them printed. Here it
//     never has.
//   - The matchers are of the type types.GomegaMatcher. Here they are of the type
//     Matcher, an interface with the same methods: each can be assigned to the
//     other, but a slice or a function type of one is not one of the other.
//   - Messages show what maps, structs and interfaces hold as Gomega's package
//     format does. Here they show it as package fmt does, in one line.
//   - G panics when it is given a nil *Goroutine. Here it returns an error.
//
// Except for packages of this module it imports the standard library only,
// so it does not depend on Gomega.
package gleak
