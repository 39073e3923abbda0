package filters_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/filters"
)

// What looks right and could never match is refused with the form that can.
func TestRefusesWhatCannotMatch(t *testing.T) {
	t.Parallel()
	for want, build := range map[string]func(){
		`AnyFunction("main.(*Box[...]).Map[...]")`:  func() { filters.AnyFunction("main.(*Box[...]).Map[int]") },
		`TopFunction("main.F[...]")`:                func() { filters.TopFunction("main.F[map[string][]int]") },
		`Package("gopkg.in/yaml.v3")`:               func() { filters.Package("gopkg.in/yaml%2ev3") },
		`filters.Package: "net/http/"`:              func() { filters.Package("net/http/") },
		`filters.File: "shop/"`:                     func() { filters.File("shop/") },
		`File("shop/fetch.go")`:                     func() { filters.File(`shop\fetch.go`) },
		`the import path of the package before the`: func() { filters.AnyFunction("shop/api/.F") },
	} {
		assert.Contains(t, refusal(build), want)
	}
}

// Parentheses stand around combinations inside others and around nothing else,
// whatever the text of a label looks like.
func TestParenthesesFollowStructure(t *testing.T) {
	t.Parallel()
	both := filters.All(filters.ID(1), filters.ID(2))
	assert.Equal(t, `!(id:1 && id:2) && id:3`, filters.All(filters.Not(both), filters.ID(3)).String())
	assert.Equal(t, `label:"a"="x && y" && id:3`, filters.All(filters.Label("a", "x && y"), filters.ID(3)).String())
	assert.Equal(t, `(id:1 && id:2) || id:3`, filters.Any(filters.All(both), filters.ID(3)).String())
}
