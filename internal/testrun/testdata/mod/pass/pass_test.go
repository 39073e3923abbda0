package pass

import (
	"fmt"
	"testing"
)

func TestPass(t *testing.T) {
	t.Log("seen with -v")
	fmt.Println("printed", F())
	t.Run("sub", func(t *testing.T) { t.Log("below") })
}

func TestSkip(t *testing.T) { t.Skip("not today") }
