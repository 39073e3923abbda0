package fail

import (
	"fmt"
	"testing"
)

func TestFail(t *testing.T) {
	t.Log("before")
	fmt.Print("no end of line")
	t.Run("good", func(t *testing.T) { t.Log("not shown") })
	t.Run("bad", func(t *testing.T) {
		t.Run("deep", func(t *testing.T) { t.Errorf("several\nlines") })
	})
	t.Error("wrong")
}

func TestPass(t *testing.T) {}
