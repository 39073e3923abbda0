// Package pages opens the pages of reports and of package leakhttp in a browser.
// The tests are in the nested module, so that no user downloads the library that
// drives the browser.
package pages
