package crash

import (
	"fmt"
	"os"
	"testing"
)

func TestExit(t *testing.T) {
	fmt.Print("about to exit")
	os.Exit(3)
}
