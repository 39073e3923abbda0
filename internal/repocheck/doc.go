// Package repocheck has only tests. They check the rules that span the whole
// module: which package may import which, what go.mod may require, that the
// commands and outputs of the documentation are right, and that each exported
// name of leakcheck has an example.
package repocheck
