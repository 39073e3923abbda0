// Package unwrap takes off what collectors of logs, terminals and test logs put
// around the lines of a dump: prefixes with times and counters in them, quoted
// values of JSON, CSV and logfmt, colours.
//
// How a dump is wrapped is learned from the first line of it that is found, the
// header of a goroutine, and then expected of the lines that follow. The package
// does not know what a header is; its callers do.
package unwrap
