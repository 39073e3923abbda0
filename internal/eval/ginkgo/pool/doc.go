// Package pool is a suite of Ginkgo with specs that leak, for the tests of package
// ginkgo.
package pool
