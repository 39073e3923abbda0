package leakcheck

// Baseline names a file of known leaks, so that code that leaks already can
// be checked: only new leaks fail, and known ones that grow.
//
//	leakcheck.VerifyTestMain(m, leakcheck.Baseline("testdata/leaks.json"))
//
// Given to [VerifyTestMain] or [Run] it applies to each [Verify] of the package
// that has no Baseline of its own. The path is relative to the folder of the
// package. A run with LEAKCHECK_UPDATE_BASELINE=1 in the environment writes the
// file: it adds the leaks, which then fail nothing. Without the variable, a check
// fails if the file is missing, broken or too new for this version.
//
// The file is JSON to be committed, read and edited. An entry has a stack,
// without lines and without the numbers of closures, and the largest number
// of goroutines with this stack that one run of the tests leaves behind, no
// matter in which test. With -count or several -cpu values each repetition
// may leave as many again. Write into "reason" why the leak stays.
//
// After a run of all tests [VerifyTestMain] lists the entries that were not
// found, or less often, so that a fixed leak stays fixed, and says how many
// have no reason. An update by such a run removes and lowers entries; any other
// update, with -run, -skip, -short, -count or a test that fails, only adds and
// raises entries. It keeps the reasons and days of the entries that stay.
// Entries of a test that skipped itself after its Verify stay as well; it knows
// nothing about other skipped tests.
//
// Several packages may share a file outside of their folders; each entry then
// names its package. LEAKCHECK_BASELINE=path in the environment is
// Baseline(path) for every [Verify] and [VerifyTestMain] that was given none.
// For [Find] each call is a run of its own. [AtExit] ignores it. Baseline
// panics when path is empty.
//
// A report shows the new leaks. If a known stack leaks more often than the file
// allows, the report shows all goroutines with this stack that the test left:
// it cannot tell the new one from the others.
func Baseline(path string) Option {
	if path == "" {
		panic("leakcheck.Baseline: the path is empty; pass that of the file, such as \"testdata/leaks.json\"")
	}
	return option(func(c *config) { c.SetBaseline(path) })
}
