package leakcheck

// Baseline lets the leaks pass that the file path lists, so that code which
// leaks already can be checked from today on: what is new, or more, fails.
//
//	leakcheck.VerifyTestMain(m, leakcheck.Baseline("testdata/leaks.json"))
//
// Given to [VerifyTestMain] or [Run] it holds for each [Verify] of the package,
// unless that was given one of its own. The path is seen from the folder of the
// package. A run with LEAKCHECK_UPDATE_BASELINE=1 in the environment writes the
// file: leaks then fail nothing and are added to it. Without that, a file that is
// not there fails the check, as does one that is broken or too new for this
// version.
//
// The file is JSON to be committed, read and edited. An entry names a stack,
// without lines and without the numbers of closures, and how many goroutines
// with it one run of the tests leaves behind at most, whichever test that is.
// With -count or several -cpu values each repetition may leave as many again.
// Its "reason" is yours to write: why the leak stays.
//
// After a run of all tests [VerifyTestMain] says which entries were not found,
// or less often, so that what is mended stays mended, and how many have no
// reason. An update by such a run removes and lowers those; any other update,
// with -run, -skip, -short, -count or a test that fails, adds and raises. It
// keeps the reasons and days of the entries that stay. Entries whose test
// skipped itself after its Verify stay as well; of other skipped tests it knows
// nothing.
//
// Several packages may share a file outside of their folders; its entries name
// the package that they count for. LEAKCHECK_BASELINE=path in the environment
// is Baseline(path) for every [Verify] and [VerifyTestMain] that was given none.
// For [Find] each call is a run of its own. [AtExit] takes no notice of it.
// Baseline panics when path is empty.
//
// A report says what is new. Where a known stack leaks more often than the file
// allows, it shows all of those goroutines that the test left: nothing tells
// the new one from the others.
func Baseline(path string) Option {
	if path == "" {
		panic("leakcheck.Baseline: the path is empty; pass that of the file, such as \"testdata/leaks.json\"")
	}
	return option(func(c *config) { c.SetBaseline(path) })
}
