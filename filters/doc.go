// Package filters selects goroutines of a dump: by function, creator, package,
// file, state, label, wait or id, alone or combined. It also has a catalogue
// of known goroutines.
//
//	filters.All(
//		filters.CreatedBy("shop.NewPool"),
//		filters.State("chan receive"))
//
// A [Filter] is a pure predicate over a [stackparse.Goroutine], or over a
// [Subject], which adds what a report found out. A filter that could match
// nothing, or everything, is an error: the constructors panic with a message
// that says what to write instead, because an ignore that silently never
// matches, or always matches, is worse than none. [NeverMatches] and
// [TooBroad] find combinations of this kind.
//
// # Expressions
//
// Every filter has a text form, which its String method returns and [Parse]
// reads:
//
//	created-by:"shop.NewPool" && !(state:"IO wait" || any:"shop.(*Pool).watch")
//
// The grammar, with white space between tokens but not around a colon:
//
//	expression = and { "||" and }
//	and        = unary { "&&" unary }
//	unary      = "!" unary | "(" expression ")" | term
//	term       = name ":" value
//	           | "label:" ( word | quoted ) "=" value
//	           | ( "id:" | "started-in:" ) number { "," number }
//	           | "wait:" ( ">=" | "<" ) duration          time.ParseDuration: 5m, 1h30m
//	name       = "top" | "any" | "function" | "created-by" | "package" | "file" | "state"
//	           | "cause" | "test" | "known" | "module"
//	value      = word | quoted | regexp
//	quoted     = a Go string literal: "..." or `...`
//	regexp     = "/" RE2 "/" | "re:" quoted               within slashes, \/ is a slash
//	word       = characters up to a space, "&&", "||" or a ")" that the word did not open
//
// A term has the meaning of the constructor of its name: [TopFunction],
// [AnyFunction] (any or function), [CreatedBy], [Package], [File], [State],
// [Label], [ID], [StartedIn], [WaitAtLeast] and [WaitBelow], [Cause], [Test],
// [Known], or [Benign], [SlowToStop] and [MissingClose] (known:benign,
// known:slow-to-stop, known:missing-close), and [KnownModule] (module).
//
// A value must match as a whole. A * in it matches any text without a slash and
// ** any text; the * of a pointer receiver, as in net/http.(*Server).Serve,
// matches itself. A package takes /... instead of stars; label, id, started-in,
// wait, known and module take no stars. Quotes only allow more characters in a
// value. A regular expression, in the syntax of package regexp, may match
// anywhere in the text. It can replace every value except those of id,
// started-in, wait, known and module.
//
// A dump never has the cause and the test, unless the caller of
// [Filter.MatchSubject] adds them, and it does not have every wait. A term about
// something unknown does not match, and neither does its negation. An expression
// has at most 64 KiB, nests at most 1,000 deep, and its patterns have at most 1
// KiB each.
//
// # The catalogue
//
// [Catalogue] lists the goroutines that the standard library and well-known
// modules start, each with the reason why it runs, and where that can be
// checked. Its class says what a leak check does with the goroutine: leave
// it out ([IsBenign]), wait for it, or report it with the call that is
// missing ([Lookup]).
//
// An entry matches by how a goroutine was started, never by where it waits,
// so it does not match a user's own goroutine that is blocked inside the
// same library.
//
// The package imports the standard library and stackparse only.
package filters
