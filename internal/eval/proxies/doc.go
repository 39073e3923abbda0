// Package proxies puts a real nginx in front of leakhttp's page, which answers
// the same machine only, and asks whether the page still knows that. It needs
// nginx (Debian's package nginx-light), so it is in the nested module.
package proxies
