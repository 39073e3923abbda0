package cli

import (
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// standardOutput keeps the first error of writing, so that a command whose output
// was lost cannot exit as if all was well. Commands print with fmt.Fprint and the
// like and need not look at each error.
type standardOutput struct {
	w io.Writer

	mu  sync.Mutex
	err error
}

func (s *standardOutput) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.err == nil {
			s.err = err
		}
	}
	return n, err
}

// lost returns the error that lost output, nil for none.
func (s *standardOutput) lost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// terminal returns the file of a stream of the environment that is a terminal.
func terminal(stream any) (*os.File, bool) {
	if s, ok := stream.(*standardOutput); ok {
		stream = s.w
	}
	if f, ok := stream.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f, true
	}
	return nil, false
}

// isTerminal reports whether a stream of the environment is a terminal.
func isTerminal(stream any) bool {
	_, ok := terminal(stream)
	return ok
}

// width is the number of columns of a terminal, 0 for other streams.
func width(stream any) int {
	f, ok := terminal(stream)
	if !ok {
		return 0
	}
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return w
}
