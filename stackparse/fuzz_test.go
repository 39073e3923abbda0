package stackparse

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// FuzzParse holds three properties of any input: it does not panic, it gives
// the same read whole and byte by byte, and what Write prints of it reads back
// the same.
func FuzzParse(f *testing.F) {
	seeds := 0
	for _, name := range dumps(f) {
		dump, err := os.ReadFile(name)
		require.NoError(f, err)
		// A fuzzer changes small inputs best: whole dumps that are small, the
		// first goroutines of the others.
		if len(dump) > 4<<10 {
			dump = dump[:4<<10]
		}
		f.Add(dump)
		seeds++
	}
	require.NotZero(f, seeds)
	f.Add([]byte("goroutine 7 gp=0x1 m=nil [x (scan), a, 2 minutes labels:{\"]\": \"}\"} y] {: , \"\\\"\": b} z:\r\n\tunparsed: a\r\r\nf(pc=0x1)\n\t:0 +0x1\ncreated by a in goroutine 0\n\t:0 +0x1\n"))
	f.Fuzz(func(t *testing.T, dump []byte) {
		if len(dump) > 64<<10 {
			return // the limits have tests of their own
		}
		gs, err := Parse(dump)
		pieces, problems := collect(t, NewReader(iotest.OneByteReader(bytes.NewReader(dump))))
		require.Equal(t, gs, pieces, "byte by byte")
		if err == nil {
			require.Empty(t, problems)
		} else {
			joined := strings.Join(problems, "\n")
			common, _, _ := strings.Cut(err.Error(), "\nand ")
			require.True(t, strings.HasPrefix(joined, common), "%s\nis not the start of\n%s", common, joined)
		}
		var first, second bytes.Buffer
		require.NoError(t, Write(&first, gs))
		again, _ := Parse(first.Bytes())
		require.Equal(t, withoutLines(gs), withoutLines(again), "after Write")
		require.NoError(t, Write(&second, again))
		require.Equal(t, first.String(), second.String(), "Write is stable")
	})
}
