// Package schemas validates what leakcheck writes against schemas: reports in
// JSON against report.schema.json, SARIF logs against the one of the standard.
// The tests are in the nested module, so that no user downloads the validator.
package schemas
