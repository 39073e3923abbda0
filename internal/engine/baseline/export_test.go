package baseline

// Lock is lock, for the tests of how it waits.
var Lock = lock
