// Package fleettest runs what docs/prometheus and "leakcheck fleet" promise
// against a real Prometheus: the alert rules and the dashboard, a route that leaks, and a fleet of
// five services of which two leak. It needs prometheus and promtool in PATH
// (Debian's package prometheus has both), so that it is in the nested module, whose
// tests "go test ./..." of the main module does not run.
package fleettest
