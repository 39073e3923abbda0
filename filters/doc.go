// Package filters selects goroutines of a dump: by function, creator, package,
// file, state, label, wait or id, alone or combined. It also holds the
// catalogue of goroutines that are known.
//
//	filters.All(
//		filters.CreatedBy("shop.NewPool"),
//		filters.State("chan receive"))
//
// A [Filter] is a pure predicate over a [stackparse.Goroutine], or over a
// [Subject], which adds what a report found out. A filter that could match
// nothing, or everything, is refused when it is built: the constructors panic
// with a message that says what to write instead, because a silent
// never-matching or all-matching ignore is worse than none. [NeverMatches] and
// [TooBroad] find what shows only in the combination.
//
// # Expressions
//
// Every filter has a text, which its String method writes and [Parse] reads:
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
// A value is compared whole. A * in it stands for any text without a slash and
// ** for any text; the * of a pointer receiver, as in net/http.(*Server).Serve,
// is itself. Package has /... instead of stars, label, id, started-in, wait,
// known and module have none. Quotes change nothing but which characters a value
// may hold. A regular expression, in the syntax of package regexp, selects what
// it matches anywhere in the text, and can stand for every value but those of
// id, started-in, wait, known and module.
//
// A dump does not say everything: never the cause and the test, unless the caller
// of [Filter.MatchSubject] gives them, and not every wait. A term that asks for
// something unknown does not match, and neither does its negation. An expression
// has at most 64 KiB, nests at most 1,000 deep, and its patterns have at most 1
// KiB each.
//
// # The catalogue
//
// [Catalogue] lists the goroutines that the standard library and well-known
// modules start, each with the reason why it runs, and where that can be
// checked. Its class says what a leak check does about it: leave it out
// ([IsBenign]), wait for it, or report it with the call that is missing
// ([Lookup]).
//
// An entry goes by how a goroutine was started, never by where it waits, so
// that a user's own goroutine that is blocked inside the same library is not
// taken for it.
//
// The package imports the standard library and stackparse only.
package filters
